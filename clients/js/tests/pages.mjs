// Serves the package's own files to a browser, with an empty page to begin with; and what tests with such pages begin with.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'

import { Browser } from '../../../tests/web/kit/browser.mjs'
import { startServer } from './setup.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const TYPES = { '.js': 'text/javascript', '.html': 'text/html; charset=utf-8' }

async function startPages() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://x').pathname)
    try {
      const body = path === '/empty.html' ? '<!doctype html><title>empty</title>' : await readFile(join(root, path))
      response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/**
 * A server, a browser and the pages for all tests of a file: there when the first one begins. What `first` makes of the empty server
 * is on the stage, too.
 */
export function stageOfPages(first = async () => null) {
  const stage = {}
  before(async () => {
    stage.server = await startServer()
    stage.first = await first(stage.server.url)
    stage.browser = await Browser.launch()
    stage.pages = await startPages()
  })
  after(async () => {
    await stage.browser?.close()
    stage.pages?.close()
    await stage.server?.close()
  })
  return stage
}
