// Every address of the console and the module of its page. A route with `tab` shows as a tab of a bot, one with `nav` in
// the sidebar. Pages load when they are first asked for.

/** @type {import('./router.js').Route[]} */
export const routes = [
  { path: '/sign-in', access: 'public', load: () => import('../pages/sign-in.js') },
  { path: '/register', access: 'public', load: () => import('../pages/register.js') },

  { path: '/bots', load: () => import('../pages/bots.js') },
  { path: '/notifications', load: () => import('../pages/notifications.js') },
  { path: '/account', load: () => import('../pages/account.js') },

  // Inside a bot's frame. Those with `tab` are shown in this order.
  { path: '/bots/:bot_id', frame: 'bot', tab: 'Conversations', icon: 'talk', load: () => import('../pages/conversations.js') },
  { path: '/bots/:bot_id/conversations/:session_id', frame: 'bot', load: () => import('../pages/conversations.js') },
  { path: '/bots/:bot_id/documents', frame: 'bot', tab: 'Documents', icon: 'document', load: () => import('../pages/documents.js') },
  { path: '/bots/:bot_id/sharing', frame: 'bot', tab: 'Sharing', icon: 'people', load: () => import('../pages/sharing.js') },
  { path: '/bots/:bot_id/settings', frame: 'bot', tab: 'Settings', icon: 'settings', load: () => import('../pages/settings.js') },
  { path: '/bots/:bot_id/settings/:part', frame: 'bot', load: () => import('../pages/settings.js') },
  { path: '/bots/:bot_id/search', frame: 'bot', load: () => import('../pages/search.js') },

  // For developers and administrators.
  { path: '/admin', nav: 'Administration', icon: 'admin', access: 'admin', load: () => import('../pages/admin.js') },
  { path: '/admin/connections', access: 'admin', load: () => import('../pages/admin-connections.js') },
  { path: '/admin/tasks', access: 'admin', load: () => import('../pages/admin-tasks.js') },
  { path: '/admin/users', access: 'admin', load: () => import('../pages/admin-users.js') },
  { path: '/admin/bots', access: 'admin', load: () => import('../pages/admin-bots.js') },
  { path: '/admin/audit', access: 'admin', load: () => import('../pages/admin-audit.js') },
  { path: '/admin/broadcast', access: 'admin', load: () => import('../pages/admin-broadcast.js') },
  { path: '/inspector', nav: 'Inspector', icon: 'inspector', load: () => import('../pages/inspector.js') },
]
