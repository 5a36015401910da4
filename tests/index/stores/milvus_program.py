"""Milvus Lite as a server at a port, which asks for a token as Milvus does: no server of Milvus can
be had from a package. A process of its own: `python THIS PORT FOLDER`."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from milvus_lite.adapter.grpc.servicer import MilvusServicer
from milvus_lite.db import MilvusLite
from pymilvus.grpc_gen import milvus_pb2_grpc

TOKEN = "likeness:a red umbrella"
_WANTED = base64.b64encode(TOKEN.encode()).decode()
_REFUSED = "auth check failure, please check username and password are correct"


class AsksForToken(grpc.ServerInterceptor):  # type: ignore[misc]
    def intercept_service(self, go_on: Callable[[Any], Any], details: Any) -> Any:
        given = dict(details.invocation_metadata).get("authorization")
        if given == _WANTED:
            return go_on(details)

        def refuse(_: object, context: Any) -> None:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, _REFUSED)

        return grpc.unary_unary_rpc_method_handler(refuse)


if __name__ == "__main__":
    server = grpc.server(ThreadPoolExecutor(4), interceptors=(AsksForToken(),))
    servicer = MilvusServicer(MilvusLite(sys.argv[2]))
    milvus_pb2_grpc.add_MilvusServiceServicer_to_server(servicer, server)
    server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
    server.start()
    server.wait_for_termination()
