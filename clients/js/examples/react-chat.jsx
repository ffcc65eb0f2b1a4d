// A chat in React: live messages, answers as they are written, sends that survive being offline.

import { useState } from 'react'
import { ColloquyProvider, useSession } from 'colloquy/react'

function Chat({ bot_id, session_id }) {
  const { messages, send, retry, cancel } = useSession(bot_id, session_id)
  const [text, setText] = useState('')
  const submit = (event) => (event.preventDefault(), send(text), setText(''))
  return (
    <form onSubmit={submit}>
      {messages.map(({ key, id, username, content, streaming, pending, status }) => (
        <p key={key}>
          <b>{username}</b> {content} {streaming && <button type="button" onClick={() => cancel(id)}>stop</button>}
          {pending && (status === 'failed' ? <button type="button" onClick={() => retry(key)}>again</button> : '…')}
        </p>
      ))}
      <input aria-label="Message" value={text} onChange={(event) => setText(event.target.value)} />
    </form>
  )
}

export const App = ({ client, ...place }) => <ColloquyProvider client={client}><Chat {...place} /></ColloquyProvider>
