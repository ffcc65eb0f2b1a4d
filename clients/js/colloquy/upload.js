// Uploads that tell how far they are: only XMLHttpRequest can, so this is used where there is one and somebody asks.

import { problemOf, unreachable } from './error.js'

/**
 * @param {object} upload
 * @param {string} upload.url
 * @param {string} upload.method
 * @param {Record<string, string>} upload.headers
 * @param {FormData} upload.body
 * @param {AbortSignal | undefined} upload.signal
 * @param {(progress: {loaded: number, total: number}) => void} upload.onProgress
 * @returns {Promise<any>}
 */
export function uploadByXhr({ url, method, headers, body, signal, onProgress }) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const request = new XMLHttpRequest()
    const abort = () => request.abort()
    signal?.addEventListener('abort', abort)
    const done = () => signal?.removeEventListener('abort', abort)
    request.open(method, url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress({ loaded: event.loaded, total: event.total })
    }
    request.onload = () => {
      done()
      const { status, responseText } = request
      if (status < 200 || status >= 300) {
        reject(problemOf(status, responseText, request.getResponseHeader('retry-after')))
        return
      }
      try {
        resolve(JSON.parse(responseText))
      } catch (cause) {
        reject(unreachable(cause))
      }
    }
    request.onerror = () => {
      done()
      reject(unreachable(undefined))
    }
    request.onabort = () => {
      done()
      reject(signal?.reason)
    }
    request.send(body)
  })
}
