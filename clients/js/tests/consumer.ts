// How the package looks to who uses it from TypeScript: compiled by a test, never run.

import { Colloquy, ColloquyError, localStorageTokens, type Channel } from 'colloquy'

const colloquy = new Colloquy({ url: 'http://localhost:8000', storage: localStorageTokens(), backoff: { min: 100 }, mode: 'separate' })

export async function use(bot_id: string, session_id: string): Promise<string> {
  const bot = await colloquy.api.getBot({ bot_id })
  const version: number | null | undefined = bot.version
  await colloquy.api.changeBot({ bot_id, name: 'New' }, { ifMatch: version ?? 1 })
  // @ts-expect-error a bot is named by its id
  await colloquy.api.getBot({ id: bot_id })
  // @ts-expect-error a role is needed
  await colloquy.api.grantPermission({ bot_id, username: 'bob' })

  const channel: Channel = await colloquy.bot(bot_id).since(41, 'epoch').ready()
  const off: () => void = channel.on('chat_message', ({ seq, data }) => {
    const role: 'user' | 'assistant' | 'system' = data.role
    console.log(seq.toFixed(), data.content.length, role, data.metadata.citations?.[0]?.filename)
    // @ts-expect-error there is no such field
    console.log(data.text)
  })
  channel.on('permission_change', ({ data }) => data.details.reason === 'expired')
  channel.on('reset', ({ snapshot }) => snapshot?.sessions.length)
  channel.on('a_type_of_tomorrow', (frame) => console.log(frame))
  off()

  const { message, answer } = await colloquy.send(session_id, 'Hello', { reply: true }).result
  colloquy.on('state', ({ state, retryIn }) => state === 'reconnecting' && (retryIn ?? 0) > 0)
  const state = colloquy.watch(bot_id)
  state.release()
  return answer?.message_id ?? message.id
}

export const isStale = (error: unknown): boolean => error instanceof ColloquyError && error.status === 412 && error.current !== null
