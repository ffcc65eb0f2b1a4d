"""The peer FastAPI: everyone at `/` is a subscriber; a text at `/control` broadcasts one frame to all of them.

Usage: server.py <payload bytes>. Prints `port <n>` when it listens.
"""

import socket
import sys

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

SIZE = int(sys.argv[1]) if len(sys.argv) > 1 else 264
PAYLOAD = "x" * SIZE

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
subscribers: set[WebSocket] = set()


async def broadcast() -> None:
    # A loop, as in FastAPI's own guide; a task for each subscriber costs more.
    for subscriber in list(subscribers):
        try:
            await subscriber.send_text(PAYLOAD)
        except (RuntimeError, WebSocketDisconnect):
            subscribers.discard(subscriber)


@app.websocket("/")
async def subscribe(websocket: WebSocket) -> None:
    await websocket.accept()
    subscribers.add(websocket)
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect:
        pass
    finally:
        subscribers.discard(websocket)


@app.websocket("/control")
async def control(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        while True:
            await websocket.receive_text()
            await broadcast()
    except WebSocketDisconnect:
        pass


def main() -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        backlog=4096,
        log_level="error",
        access_log=False,
        lifespan="off",
        ws_per_message_deflate=False,
    )
    print("port", listener.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
