// `fetch` without a network: the same answers as over HTTP, as Response objects.

/** @typedef {import('./http.js').Http} Http */
/** @typedef {import('./http.js').Reply} Reply */
/** @typedef {import('./http.js').Request} MockRequest */
/** @typedef {import('./world.js').World} World */

/**
 * @param {World} world
 * @param {Http} http
 * @returns {typeof globalThis.fetch}
 */
export function fetchOf(world, http) {
  return async (input, init) => {
    const request = new Request(typeof input === 'string' || input instanceof URL ? new URL(input, world.url) : input, init)
    await delay(world, request.signal)
    if (world.offline) throw new TypeError('fetch failed')
    const reply = await abortable(http.serve(asked(request)), request.signal)
    // A network that went away meanwhile takes the answer with it.
    if (world.offline) throw new TypeError('fetch failed')
    return response(world, reply, request.signal)
  }
}

/** @param {World} world @param {AbortSignal} signal @returns {Promise<void>} */
function delay(world, signal) {
  signal.throwIfAborted()
  if (!world.latency) return Promise.resolve()
  return abortable(new Promise((done) => world.later(done, world.latency, { keep: true })), signal)
}

/** @template T @param {Promise<T>} promise @param {AbortSignal} signal @returns {Promise<T>} */
function abortable(promise, signal) {
  return new Promise((done, failed) => {
    signal.addEventListener('abort', () => failed(signal.reason), { once: true })
    promise.then(done, failed)
  })
}

/** @param {Request} request @returns {MockRequest} */
function asked(request) {
  return {
    method: request.method,
    url: new URL(request.url),
    header: (name) => request.headers.get(name),
    signal: request.signal,
    async body() {
      if (request.headers.get('content-type')?.startsWith('multipart/form-data')) {
        const file = (await request.formData()).get('file')
        if (!file || typeof file === 'string') return { raw: '' }
        return { raw: '', file: { name: file.name, type: file.type, bytes: new Uint8Array(await file.arrayBuffer()) } }
      }
      return bodyOf(await request.text())
    },
  }
}

/** @param {string} raw */
export function bodyOf(raw) {
  return { raw, json: raw ? JSON.parse(raw) : undefined }
}

/** @param {World} world @param {Reply} reply @param {AbortSignal} signal */
function response(world, { status, headers, body }, signal) {
  if (body === null || typeof body === 'string') return new Response(body, { status, headers })
  if (body instanceof Uint8Array) return new Response(/** @type {any} */ (body), { status, headers })
  const encoder = new TextEncoder()
  let stop = () => {}
  const stream = new ReadableStream({
    start(controller) {
      let open = true
      const off = world.whenCut(() => {
        if (open) controller.error(new TypeError('terminated'))
        over()
      })
      const over = () => {
        open = false
        off()
        stop()
      }
      const end = body.start(
        (text) => open && controller.enqueue(encoder.encode(text)),
        () => {
          if (open) controller.close()
          over()
        },
      )
      stop = end
      signal.addEventListener('abort', () => {
        if (open) controller.error(signal.reason)
        over()
      })
    },
    cancel: () => stop(),
  })
  return new Response(stream, { status, headers })
}
