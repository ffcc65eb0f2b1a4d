export type Answer = {
    message_id: string;
    session_id: string;
    question_id: string;
    status: string;
    content: string;
};
export type AnswerRef = {
    message_id: string;
};
export type AskedView = {
    answer: AnswerRef;
};
export type AuditList = {
    items: Array<AuditRow>;
    next_cursor?: string | null;
};
export type AuditRow = {
    id: string;
    at: string;
    bot_id?: string | null;
    user_id?: string | null;
    username: string;
    action: string;
    target: string;
    details: any;
};
export type Bot = {
    id: string;
    name: string;
    description?: string | null;
    instructions?: string | null;
    model?: string | null;
    settings?: any;
    version?: number | null;
    role?: string | null;
    owners: Array<Owner>;
    suspended?: boolean | null;
    size?: number | null;
    created_at?: string | null;
    updated_at?: string | null;
};
export type BotChangeBody = {
    name?: string | null;
    description?: string | null;
    instructions?: string | null;
    model?: string | null;
    settings?: any;
};
export type BotList = {
    items: Array<Bot>;
    next_cursor?: string | null;
};
export type BotVersion = {
    version: number;
    name: string;
    description: string;
    instructions: string;
    model: string;
    settings: any;
    updated_by?: string | null;
    username: string;
    created_at: string;
};
export type BroadcastBody = {
    message: string;
    title?: string | null;
    level?: string | null;
    tenant_id?: string | null;
};
export type DeleteMeBody = {
    password: string;
};
export type Document = {
    id: string;
    bot_id: string;
    filename: string;
    content_type: string;
    size: number;
    sha256: string;
    status: string;
    stage?: string | null;
    progress: number;
    error?: string | null;
    chunks: number;
    pages?: number | null;
    uploaded_by: string;
    created_at: string;
};
export type DocumentList = {
    items: Array<Document>;
    next_cursor?: string | null;
};
export type EditBody = {
    content: string;
};
export type EndedView = {
    message_id: string;
    status: string;
};
export type FieldProblem = {
    field: string;
    message: string;
};
export type GrantBody = {
    user_id?: string | null;
    username?: string | null;
    role: string;
    expires_at?: string | null;
};
export type HistoryView = {
    events: Array<any>;
    seq: number;
    epoch: string;
    complete: boolean;
};
export type LoginBody = {
    username: string;
    password: string;
};
export type LogoutBody = {
    all?: boolean | null;
};
export type MarkdownBody = {
    content: string;
};
export type MarkdownView = {
    content_html: string;
};
export type MarkerView = {
    session_id: string;
    message_id: string;
};
export type MeBody = {
    email?: string | null;
};
export type Message = {
    id: string;
    message_id: string;
    session_id: string;
    bot_id: string;
    user_id?: string | null;
    username: string;
    role: string;
    content: string;
    content_html?: string | null;
    metadata: any;
    timestamp: string;
    edited_at?: string | null;
};
export type MessageList = {
    items: Array<Message>;
    next_cursor?: string | null;
};
export type NewBotBody = {
    name: string;
    description?: string | null;
    instructions?: string | null;
    model?: string | null;
    settings?: any;
};
export type NewMessageBody = {
    content: string;
    reply?: boolean | null;
    mentions?: Array<string> | null;
};
export type NewSessionBody = {
    title?: string | null;
    visibility?: string | null;
    auto_reply?: boolean | null;
};
export type Notification = {
    id: string;
    notification_type: string;
    title: string;
    message: string;
    bot_id?: string | null;
    action: string;
    details: any;
    created_at: string;
    read_at?: string | null;
};
export type NotificationList = {
    items: Array<Notification>;
    next_cursor?: string | null;
};
export type Owner = {
    user_id: string;
    username: string;
};
export type Passage = {
    document_id: string;
    filename: string;
    chunk: number;
    page?: number | null;
    heading: string;
    score: number;
    text: string;
};
export type PassageInPlace = {
    passage: Passage;
    before?: Passage | null;
    after?: Passage | null;
};
export type PassageList = {
    items: Array<Passage>;
};
export type PasswordBody = {
    current_password: string;
    new_password: string;
};
export type PeopleView = {
    items: Array<Person>;
    next_cursor?: string | null;
};
export type Permission = {
    user_id: string;
    username: string;
    role: string;
    granted_by?: string | null;
    granted_at: string;
    expires_at?: string | null;
};
export type PermissionList = {
    items: Array<Permission>;
    next_cursor?: string | null;
};
export type Person = {
    id: string;
    username: string;
};
export type PostedView = {
    message: Message;
    answer?: AnswerRef | null;
};
export type PresenceView = {
    items: Array<PresentPerson>;
};
export type PresentPerson = {
    user_id: string;
    username: string;
    session_id?: string | null;
};
export type Problem = {
    type: string;
    title: string;
    status: number;
    detail: string;
    code: string;
    request_id: string;
    errors?: Array<FieldProblem> | null;
    needed_role?: string | null;
    current?: Bot | null;
    document_id?: string | null;
};
export type ProviderBody = {
    kind: string;
    base_url: string;
    api_key?: string | null;
};
export type ProviderView = {
    kind: string;
    base_url: string;
    has_key: boolean;
    updated_at: string;
};
export type ReadBody = {
    message_id: string;
};
export type ReadMark = {
    user_id: string;
    message_id: string;
};
export type RefreshBody = {
    refresh_token: string;
};
export type RegisterBody = {
    username: string;
    email?: string | null;
    password: string;
    setup_code?: string | null;
};
export type RemovedView = {
    chunks_removed: number;
    bytes_removed: number;
    citing_messages: number;
};
export type RoleBody = {
    role: string;
    expires_at?: string | null;
};
export type SearchBody = {
    query: string;
    limit?: number | null;
};
export type Session = {
    id: string;
    bot_id: string;
    title: string;
    visibility: string;
    status: string;
    auto_reply: boolean;
    created_by: string;
    username: string;
    created_at: string;
    updated_at: string;
    message_count: number;
    unread: number;
    read: Array<ReadMark>;
};
export type SessionChangeBody = {
    title?: string | null;
    status?: string | null;
    auto_reply?: boolean | null;
};
export type SessionList = {
    items: Array<Session>;
    next_cursor?: string | null;
};
export type SignedIn = {
    user: User;
    access_token: string;
    refresh_token: string;
    token_type: string;
    expires_in: number;
};
export type SnapshotView = {
    bot: Bot;
    members: Array<Permission>;
    sessions: Array<Session>;
    messages: Record<string, Array<Message>>;
    documents: Array<Document>;
    more: boolean;
    answers: Array<Answer>;
    presence: Array<PresentPerson>;
    seq: number;
    epoch: string;
};
export type SuspendBody = {
    suspended: boolean;
};
export type TaskList = {
    items: Array<TaskView>;
    next_cursor?: string | null;
};
export type TaskView = {
    task_id: string;
    kind: string;
    status: string;
    bot_id: string;
    bot_name: string;
    document_id?: string | null;
    user_id?: string | null;
    username?: string | null;
    node?: string | null;
    stage?: string | null;
    progress?: number | null;
    attempts?: number | null;
    created_at: string;
    due_at?: string | null;
};
export type TicketView = {
    ticket: string;
    expires_in: number;
};
export type ToldView = {
    recipients: number;
};
export type TransferBody = {
    user_id: string;
};
export type UnreadView = {
    unread: number;
};
export type User = {
    id: string;
    username: string;
    email?: string | null;
    role: string;
    platform_admin: boolean;
    disabled: boolean;
    created_at: string;
};
export type UserChangeBody = {
    role?: string | null;
    disabled?: boolean | null;
};
export type UserList = {
    items: Array<User>;
    next_cursor?: string | null;
};
export type VersionList = {
    items: Array<BotVersion>;
    next_cursor?: string | null;
};
/** @typedef {{
  message_id: string,
  session_id: string,
  question_id: string,
  status: string,
  content: string
}} Answer An answer that is not finished. */
/** @typedef {{
  message_id: string
}} AnswerRef An answer that is on its way. */
/** @typedef {{
  answer: AnswerRef
}} AskedView */
/** @typedef {{
  items: Array<AuditRow>,
  next_cursor?: string | null
}} AuditList */
/** @typedef {{
  id: string,
  at: string,
  bot_id?: string | null,
  user_id?: string | null,
  username: string,
  action: string,
  target: string,
  details: any
}} AuditRow */
/** @typedef {{
  id: string,
  name: string,
  description?: string | null,
  instructions?: string | null,
  model?: string | null,
  settings?: any,
  version?: number | null,
  role?: string | null,
  owners: Array<Owner>,
  suspended?: boolean | null,
  size?: number | null,
  created_at?: string | null,
  updated_at?: string | null
}} Bot Viewers get it without instructions, model and settings; administrators without a role get id, name, owners and size. */
/** @typedef {{
  name?: string | null,
  description?: string | null,
  instructions?: string | null,
  model?: string | null,
  settings?: any
}} BotChangeBody What is absent stays as it is. */
/** @typedef {{
  items: Array<Bot>,
  next_cursor?: string | null
}} BotList */
/** @typedef {{
  version: number,
  name: string,
  description: string,
  instructions: string,
  model: string,
  settings: any,
  updated_by?: string | null,
  username: string,
  created_at: string
}} BotVersion */
/** @typedef {{
  message: string,
  title?: string | null,
  level?: string | null,
  tenant_id?: string | null
}} BroadcastBody */
/** @typedef {{
  password: string
}} DeleteMeBody */
/** @typedef {{
  id: string,
  bot_id: string,
  filename: string,
  content_type: string,
  size: number,
  sha256: string,
  status: string,
  stage?: string | null,
  progress: number,
  error?: string | null,
  chunks: number,
  pages?: number | null,
  uploaded_by: string,
  created_at: string
}} Document */
/** @typedef {{
  items: Array<Document>,
  next_cursor?: string | null
}} DocumentList */
/** @typedef {{
  content: string
}} EditBody */
/** @typedef {{
  message_id: string,
  status: string
}} EndedView */
/** @typedef {{
  field: string,
  message: string
}} FieldProblem */
/** @typedef {{
  user_id?: string | null,
  username?: string | null,
  role: string,
  expires_at?: string | null
}} GrantBody One of `user_id` and `username` names the person. */
/** @typedef {{
  events: Array<any>,
  seq: number,
  epoch: string,
  complete: boolean
}} HistoryView */
/** @typedef {{
  username: string,
  password: string
}} LoginBody */
/** @typedef {{
  all?: boolean | null
}} LogoutBody */
/** @typedef {{
  content: string
}} MarkdownBody */
/** @typedef {{
  content_html: string
}} MarkdownView */
/** @typedef {{
  session_id: string,
  message_id: string
}} MarkerView */
/** @typedef {{
  email?: string | null
}} MeBody */
/** @typedef {{
  id: string,
  message_id: string,
  session_id: string,
  bot_id: string,
  user_id?: string | null,
  username: string,
  role: string,
  content: string,
  content_html?: string | null,
  metadata: any,
  timestamp: string,
  edited_at?: string | null
}} Message */
/** @typedef {{
  items: Array<Message>,
  next_cursor?: string | null
}} MessageList */
/** @typedef {{
  name: string,
  description?: string | null,
  instructions?: string | null,
  model?: string | null,
  settings?: any
}} NewBotBody */
/** @typedef {{
  content: string,
  reply?: boolean | null,
  mentions?: Array<string> | null
}} NewMessageBody */
/** @typedef {{
  title?: string | null,
  visibility?: string | null,
  auto_reply?: boolean | null
}} NewSessionBody */
/** @typedef {{
  id: string,
  notification_type: string,
  title: string,
  message: string,
  bot_id?: string | null,
  action: string,
  details: any,
  created_at: string,
  read_at?: string | null
}} Notification */
/** @typedef {{
  items: Array<Notification>,
  next_cursor?: string | null
}} NotificationList */
/** @typedef {{
  user_id: string,
  username: string
}} Owner */
/** @typedef {{
  document_id: string,
  filename: string,
  chunk: number,
  page?: number | null,
  heading: string,
  score: number,
  text: string
}} Passage A piece of a document's text. */
/** @typedef {{
  passage: Passage,
  before?: Passage | null,
  after?: Passage | null
}} PassageInPlace What a citation leads to. */
/** @typedef {{
  items: Array<Passage>
}} PassageList */
/** @typedef {{
  current_password: string,
  new_password: string
}} PasswordBody */
/** @typedef {{
  items: Array<Person>,
  next_cursor?: string | null
}} PeopleView */
/** @typedef {{
  user_id: string,
  username: string,
  role: string,
  granted_by?: string | null,
  granted_at: string,
  expires_at?: string | null
}} Permission */
/** @typedef {{
  items: Array<Permission>,
  next_cursor?: string | null
}} PermissionList */
/** @typedef {{
  id: string,
  username: string
}} Person A person as others find them. */
/** @typedef {{
  message: Message,
  answer?: AnswerRef | null
}} PostedView */
/** @typedef {{
  items: Array<PresentPerson>
}} PresenceView */
/** @typedef {{
  user_id: string,
  username: string,
  session_id?: string | null
}} PresentPerson */
/** @typedef {{
  type: string,
  title: string,
  status: number,
  detail: string,
  code: string,
  request_id: string,
  errors?: Array<FieldProblem> | null,
  needed_role?: string | null,
  current?: Bot | null,
  document_id?: string | null
}} Problem RFC 9457. */
/** @typedef {{
  kind: string,
  base_url: string,
  api_key?: string | null
}} ProviderBody */
/** @typedef {{
  kind: string,
  base_url: string,
  has_key: boolean,
  updated_at: string
}} ProviderView The key is never shown. */
/** @typedef {{
  message_id: string
}} ReadBody */
/** @typedef {{
  user_id: string,
  message_id: string
}} ReadMark */
/** @typedef {{
  refresh_token: string
}} RefreshBody */
/** @typedef {{
  username: string,
  email?: string | null,
  password: string,
  setup_code?: string | null
}} RegisterBody */
/** @typedef {{
  chunks_removed: number,
  bytes_removed: number,
  citing_messages: number
}} RemovedView The proof of a deletion. */
/** @typedef {{
  role: string,
  expires_at?: string | null
}} RoleBody */
/** @typedef {{
  query: string,
  limit?: number | null
}} SearchBody */
/** @typedef {{
  id: string,
  bot_id: string,
  title: string,
  visibility: string,
  status: string,
  auto_reply: boolean,
  created_by: string,
  username: string,
  created_at: string,
  updated_at: string,
  message_count: number,
  unread: number,
  read: Array<ReadMark>
}} Session */
/** @typedef {{
  title?: string | null,
  status?: string | null,
  auto_reply?: boolean | null
}} SessionChangeBody */
/** @typedef {{
  items: Array<Session>,
  next_cursor?: string | null
}} SessionList */
/** @typedef {{
  user: User,
  access_token: string,
  refresh_token: string,
  token_type: string,
  expires_in: number
}} SignedIn A log-in: who it is, and the pair of tokens. */
/** @typedef {{
  bot: Bot,
  members: Array<Permission>,
  sessions: Array<Session>,
  messages: Record<string, Array<Message>>,
  documents: Array<Document>,
  more: boolean,
  answers: Array<Answer>,
  presence: Array<PresentPerson>,
  seq: number,
  epoch: string
}} SnapshotView All but `presence` is one consistent state, at number `seq` of the bot's stream. */
/** @typedef {{
  suspended: boolean
}} SuspendBody */
/** @typedef {{
  items: Array<TaskView>,
  next_cursor?: string | null
}} TaskList */
/** @typedef {{
  task_id: string,
  kind: string,
  status: string,
  bot_id: string,
  bot_name: string,
  document_id?: string | null,
  user_id?: string | null,
  username?: string | null,
  node?: string | null,
  stage?: string | null,
  progress?: number | null,
  attempts?: number | null,
  created_at: string,
  due_at?: string | null
}} TaskView A piece of background work. */
/** @typedef {{
  ticket: string,
  expires_in: number
}} TicketView */
/** @typedef {{
  recipients: number
}} ToldView */
/** @typedef {{
  user_id: string
}} TransferBody */
/** @typedef {{
  unread: number
}} UnreadView */
/** @typedef {{
  id: string,
  username: string,
  email?: string | null,
  role: string,
  platform_admin: boolean,
  disabled: boolean,
  created_at: string
}} User */
/** @typedef {{
  role?: string | null,
  disabled?: boolean | null
}} UserChangeBody */
/** @typedef {{
  items: Array<User>,
  next_cursor?: string | null
}} UserList */
/** @typedef {{
  items: Array<BotVersion>,
  next_cursor?: string | null
}} VersionList */
export {};
