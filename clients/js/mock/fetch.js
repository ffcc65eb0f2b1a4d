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
  return async (input, init = {}) => {
    const request = input instanceof Request ? input : undefined
    const signal = init.signal ?? request?.signal ?? undefined
    await delay(world, signal)
    if (world.offline) throw new TypeError('fetch failed')
    const url = new URL(request ? request.url : String(input), world.url)
    const reply = await abortable(http.serve(asked(url, request, init, signal)), signal)
    // A network that went away meanwhile takes the answer with it.
    if (world.offline) throw new TypeError('fetch failed')
    return response(world, reply, signal)
  }
}

/** @param {World} world @param {AbortSignal | undefined} signal @returns {Promise<void>} */
async function delay(world, signal) {
  if (signal?.aborted) throw signal.reason
  if (world.latency) await abortable(new Promise((done) => world.later(() => done(undefined), world.latency, { keep: true })), signal)
}

/** @template T @param {Promise<T>} promise @param {AbortSignal | undefined} signal @returns {Promise<T>} */
function abortable(promise, signal) {
  return new Promise((done, failed) => {
    signal?.addEventListener('abort', () => failed(signal.reason), { once: true })
    promise.then(done, failed)
  })
}

/**
 * No Request is made of it: it would not take the signals, forms and files of a document that is not Node's own.
 * @param {URL} url
 * @param {Request | undefined} request
 * @param {RequestInit} init
 * @param {AbortSignal | undefined} signal
 * @returns {MockRequest}
 */
function asked(url, request, init, signal) {
  const headers = new Headers(/** @type {any} */ (init.headers ?? request?.headers ?? {}))
  const body = init.body ?? request
  return {
    method: (init.method ?? request?.method ?? 'GET').toUpperCase(),
    url,
    header: (name) => headers.get(name),
    signal,
    async body() {
      if (body === undefined || body === null || typeof body === 'string') return bodyOf(body ?? '')
      const multipart = headers.get('content-type')?.startsWith('multipart/form-data')
      const form = /** @type {any} */ (body instanceof Request && multipart ? await body.formData() : body)
      if (body instanceof Request && !multipart) return bodyOf(await body.text())
      if (typeof form.get !== 'function' || body instanceof URLSearchParams) return bodyOf(await new Response(/** @type {any} */ (body)).text())
      const file = form.get('file')
      if (!file || typeof file === 'string') return { raw: '' }
      return { raw: '', file: { name: file.name, type: file.type, bytes: new Uint8Array(await file.arrayBuffer()) } }
    },
  }
}

/** @param {string} raw */
export function bodyOf(raw) {
  return { raw, json: raw ? JSON.parse(raw) : undefined }
}

/** @param {World} world @param {Reply} reply @param {AbortSignal | undefined} signal */
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
      signal?.addEventListener('abort', () => {
        if (open) controller.error(signal.reason)
        over()
      })
    },
    cancel: () => stop(),
  })
  return new Response(stream, { status, headers })
}
