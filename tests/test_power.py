"""Readings of the platform, and what follows from them."""

import ctypes
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from jeepney import HeaderFields, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

from desktop.power import IDLE_AFTER_S, Power, Restraint, read_power, restraint

AT_WORK = Power(on_battery=False, idle_s=3.0)
GONE = Power(on_battery=False, idle_s=IDLE_AFTER_S + 1)


@pytest.mark.parametrize(
    ("power", "only_when_idle", "slow_on_battery", "wanted"),
    [
        (AT_WORK, False, True, Restraint.NONE),
        (AT_WORK, True, True, Restraint.UNTIL_IDLE),
        (GONE, True, True, Restraint.NONE),
        (Power(on_battery=True, idle_s=3.0), False, True, Restraint.SLOW_ON_BATTERY),
        (Power(on_battery=True, idle_s=3.0), False, False, Restraint.NONE),
        (Power(on_battery=True, idle_s=3.0), True, True, Restraint.UNTIL_IDLE),
        (Power(on_battery=True, idle_s=600.0), True, True, Restraint.SLOW_ON_BATTERY),
        (Power(on_battery=None, idle_s=None), True, True, Restraint.NONE),
    ],
)
def test_indexing_is_held_back_by_what_is_told_alone(
    power: Power, only_when_idle: bool, slow_on_battery: bool, wanted: Restraint
) -> None:
    assert restraint(power, only_when_idle, slow_on_battery) is wanted


@pytest.fixture
def x_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An X server of our own, as the display of this process."""
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    if sys.platform != "linux":
        pytest.skip("X11's idle time is asked on Linux only")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "320x240x24", "-noreset"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as told:
        number = told.readline().strip()
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", f":{number}")
    yield
    server.terminate()
    server.wait(10)


@pytest.mark.usefixtures("x_server")
def test_the_idle_time_of_x11_grows_until_something_is_typed() -> None:
    first = read_power().idle_s
    if first is None and not has_library("libXss.so.1"):
        pytest.skip("libXss is not installed")
    assert first is not None
    deadline_s = time.monotonic() + 10
    while (later := read_power().idle_s) is not None and later < first + 0.3:
        assert time.monotonic() < deadline_s

    subprocess.run(["xdotool", "mousemove", "20", "30", "key", "a"], check=True)

    after = read_power().idle_s
    assert later is not None and after is not None
    assert after < 0.3 < later


@pytest.mark.usefixtures("x_server")
def test_idle_time_is_not_told_where_it_would_be_wrong_or_there_is_no_display(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    assert read_power().idle_s is None, "an X server under Wayland does not see what is typed"
    monkeypatch.delenv("WAYLAND_DISPLAY")
    monkeypatch.setenv("DISPLAY", ":no-such-display")
    assert read_power().idle_s is None


@dataclass
class Bus:
    """A session bus of our own, on which GNOME's idle monitor may be played."""

    address: str

    def play_gnome(self, idle_ms: int) -> threading.Thread:
        """Answer one question as GNOME's idle monitor does."""
        connection = open_dbus_connection(self.address)
        connection.send_and_get_reply(message_bus.RequestName("org.gnome.Mutter.IdleMonitor"))

        def answer() -> None:
            with connection:
                question = connection.receive(timeout=10)
                while question.header.fields.get(HeaderFields.member) != "GetIdletime":
                    question = connection.receive(timeout=10)
                connection.send(new_method_return(question, "t", (idle_ms,)))

        thread = threading.Thread(target=answer)
        thread.start()
        return thread


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed")
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdout is not None
    address = daemon.stdout.readline().strip()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    yield Bus(address)
    daemon.terminate()
    daemon.wait(10)
    daemon.stdout.close()


def test_under_wayland_gnome_is_asked_for_the_idle_time(bus: Bus) -> None:
    assert read_power().idle_s is None, "no GNOME on this bus"

    gnome = bus.play_gnome(idle_ms=61_500)

    assert read_power().idle_s == 61.5
    gnome.join()


def has_library(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True
