// Reads the requests out of the bytes a client sends on one HTTP/1.1 connection, without changing them. It knows as much
// as the proxy needs: where a request begins, and what its first line and headers say. After an upgrade it reads no more.

const HEAD_END = Buffer.from('\r\n\r\n');

export class Requests {
  #kept = Buffer.alloc(0);
  #skip = 0;
  #chunked = false;
  #upgraded = false;

  /** Takes the next bytes; gives the requests whose head ended in them. */
  take(bytes) {
    if (this.#upgraded) return [];
    this.#kept = this.#kept.length ? Buffer.concat([this.#kept, bytes]) : bytes;
    const found = [];
    while (this.#kept.length && !this.#upgraded) {
      if (this.#skip) this.#skipBody();
      else if (this.#chunked) {
        if (!this.#skipChunk()) break;
      } else {
        const request = this.#head();
        if (!request) break;
        found.push(request);
      }
    }
    return found;
  }

  #skipBody() {
    const length = Math.min(this.#skip, this.#kept.length);
    this.#skip -= length;
    this.#kept = this.#kept.subarray(length);
  }

  #skipChunk() {
    const end = this.#kept.indexOf('\r\n');
    if (end < 0) return false;
    const size = Number.parseInt(this.#kept.subarray(0, end).toString('latin1'), 16);
    this.#chunked = size !== 0;
    this.#kept = this.#kept.subarray(end + 2);
    this.#skip = size + 2;
    return true;
  }

  #head() {
    const end = this.#kept.indexOf(HEAD_END);
    if (end < 0) return undefined;
    const [first, ...lines] = this.#kept.subarray(0, end).toString('latin1').split('\r\n');
    this.#kept = this.#kept.subarray(end + HEAD_END.length);
    const [method, target] = first.split(' ');
    const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
    const upgrade = headers.upgrade?.toLowerCase() === 'websocket';
    this.#upgraded = upgrade;
    this.#skip = Number(headers['content-length'] ?? 0);
    this.#chunked = headers['transfer-encoding']?.toLowerCase() === 'chunked';
    // Never the query with its values: a token may be in it.
    return { method, path: target.split('?')[0], query: new URLSearchParams(target.split('?')[1] ?? ''), upgrade };
  }
}
