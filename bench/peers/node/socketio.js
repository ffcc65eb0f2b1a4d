// The peer Socket.IO: everyone is a subscriber; the event `b` broadcasts one event to all but its sender.
// Usage: node socketio.js <payload bytes>. Prints `port <n>` when it listens.
import { createServer } from "node:http";
import { Server } from "socket.io";

const size = Number(process.argv[2] ?? 264);
// On the wire an event is `42["m","..."]`: the text is shortened so that the payload has the size asked for.
const text = "x".repeat(Math.max(0, size - '42["m",""]'.length));

const server = createServer();
const io = new Server(server, { transports: ["websocket"], serveClient: false, perMessageDeflate: false });

// Socket.IO's own advice for less memory: let go of the request that opened the connection.
io.engine.on("connection", (raw) => {
  raw.request = null;
});

io.on("connection", (socket) => {
  socket.on("b", () => socket.broadcast.emit("m", text));
});

server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => {
  console.log(`port ${server.address().port}`);
});
