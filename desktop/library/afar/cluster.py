"""Cluster: machines that Ray has joined, and what is asked of them."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import desktop
from desktop.errors import ClusterAway, ExtraMissing
from desktop.jobs import Job, wait
from desktop.library.afar import there
from desktop.library.afar.there import Refused

log = logging.getLogger(__name__)

LOCAL = "ray"
_ELSEWHERE = "ray://"
_HERE = "auto"
KNOCK_WITHIN_S = 5.0
ANSWER_WITHIN_S = 600.0
"""A task may wait for a free core, and for another machine after its own has gone."""

_RETRIES = 3
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is told to anybody
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # else it writes to the terminal
}


class Cluster:
    """A connection to Ray. Any thread.

    Attributes:
        n_cores, n_gpus: of all machines together, when it was connected.
    """

    def __init__(self, ray: Any) -> None:
        """See `connected`."""
        self._ray = ray
        resources = ray.cluster_resources()
        self.n_cores = int(resources.get("CPU", 1))
        self.n_gpus = int(resources.get("GPU", 0))
        self._read = ray.remote(max_retries=_RETRIES)(there.read)

    def read(self, job: Job | None, *arguments: object) -> Any:
        """See `there.read`; what was raised there is raised. Raises Cancelled or ClusterAway."""
        return self.answer(self._read.remote(*arguments), job)

    def start_model(self, make: object, on_gpu: bool) -> Any:
        """A `ModelThere`, which begins anew on another machine where its own is gone."""
        of_its_own = {"num_gpus": 1, "num_cpus": 0} if on_gpu else {"num_cpus": 1}
        model = self._ray.remote(max_restarts=-1, max_task_retries=0, **of_its_own)(
            there.ModelThere
        )
        return model.remote(make)

    def end_model(self, model: Any) -> None:
        with contextlib.suppress(Exception):  # it may have gone with its machine
            self._ray.kill(model)

    def answer(self, reference: Any, job: Job | None = None) -> Any:
        """What came of a task. Raises what was raised there, ModelGone where the actor's process
        has ended, Cancelled or ClusterAway."""
        with self._explained():
            try:
                has_come = wait(
                    lambda within_s: bool(self._ray.wait([reference], timeout=within_s)[0]),
                    ANSWER_WITHIN_S,
                    job,
                )
            except BaseException:
                with contextlib.suppress(Exception):
                    self._ray.cancel(reference)
                raise
            if not has_come:
                raise _away(f"no answer within {ANSWER_WITHIN_S:.0f} s")
            value = self._ray.get(reference)
        if isinstance(value, Refused):
            raise value.error
        return value

    def check_versions(self) -> None:
        """Raises ClusterAway where the machines have another Likeness, or none."""
        theirs = self.answer(self._ray.remote(num_cpus=0)(there.versions).remote())
        if theirs != there.versions():
            raise ClusterAway(
                f"The machines of the cluster have Likeness {theirs[0]} and Python {theirs[1]}; "
                f"this one has {' and Python '.join(there.versions())}.",
                "Install the same on all of them.",
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        errors = self._ray.exceptions
        try:
            yield
        except errors.RayActorError as error:
            raise ModelGone(str(error)) from error
        except (errors.TaskCancelledError, errors.RayTaskError) as error:
            if "No module named" in str(error):
                raise ClusterAway(
                    "The machines of the cluster do not know Likeness.",
                    f"Install Likeness {desktop.__version__} on all of them.",
                ) from error
            raise
        except (errors.RayError, ConnectionError) as error:
            raise _away(str(error).strip().partition("\n")[0]) from error


class ModelGone(Exception):
    """The machine or the process of a model has ended; it begins anew elsewhere."""


def _away(why: str) -> ClusterAway:
    log.warning("the cluster: %s", why)
    return ClusterAway(
        "The Ray cluster gives no answer.", "What was read is kept; the next run goes on with it."
    )


@contextmanager
def connected(where: str) -> Iterator[Cluster]:
    """where: "ray" for the cluster that this machine belongs to, or that RAY_ADDRESS names;
    "ray://HOST:PORT" for one elsewhere. None is started here: Ray's first machine asks others of
    itself, which nobody who runs Likeness has asked for.

    Raises ClusterAway or ExtraMissing.
    """
    os.environ.update(_QUIET)
    try:
        import ray as found
    except ImportError as error:
        raise ExtraMissing("Reading on other machines", "ray") from error
    ray: Any = found
    address = os.environ.get("RAY_ADDRESS", _HERE) if where == LOCAL else where
    try:
        _knock(address)
        ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        at = "on this machine" if address == _HERE else f"at {address}"
        raise ClusterAway(
            f"No Ray cluster gives an answer {at}.",
            "`ray start` lets this machine join one; ray://HOST:PORT names one elsewhere.",
        ) from error
    try:
        cluster = Cluster(ray)
        cluster.check_versions()
        yield cluster
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Ray itself tries for minutes where nobody answers. Raises OSError."""
    host, _, port = address.removeprefix(_ELSEWHERE).rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), KNOCK_WITHIN_S).close()
