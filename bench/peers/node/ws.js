// The peer `ws`: everyone at `/` is a subscriber; the text `b` at `/control` broadcasts one frame to all of them.
// Usage: node ws.js <payload bytes>. Prints `port <n>` when it listens.
import { createServer } from "node:http";
import { WebSocketServer, WebSocket } from "ws";

const size = Number(process.argv[2] ?? 264);
// Made once: `ws` writes a Buffer without encoding it anew for each subscriber.
const payload = Buffer.alloc(size, "x");
const text = { binary: false, compress: false };

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false, clientTracking: false });
const subscribers = new Set();

function broadcast() {
  for (const socket of subscribers) {
    if (socket.readyState === WebSocket.OPEN) socket.send(payload, text);
  }
}

sockets.on("connection", (socket, request) => {
  socket.on("error", () => socket.terminate());
  if (request.url === "/control") {
    socket.on("message", broadcast);
  } else {
    subscribers.add(socket);
    socket.on("close", () => subscribers.delete(socket));
  }
});

server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => {
  console.log(`port ${server.address().port}`);
});
