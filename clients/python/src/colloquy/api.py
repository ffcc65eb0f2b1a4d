"""Every call of the REST contract. Generated from openapi.yaml by scripts/generate.py: do not edit.

`UNSET` leaves a field out of the body; `None` sends null. Each call rejects with `ColloquyError`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ._files import Download, Progress, Source
from ._rest import UNSET, Rest, Unset, new_key, segment
from .models import (
    AskedView,
    AuditList,
    Bot,
    BotList,
    Document,
    DocumentList,
    EndedView,
    HistoryView,
    MarkdownView,
    MarkerView,
    Message,
    MessageList,
    Notification,
    NotificationList,
    PassageInPlace,
    PassageList,
    PeopleView,
    Permission,
    PermissionList,
    PostedView,
    PresenceView,
    ProviderView,
    RemovedView,
    Session,
    SessionList,
    SignedIn,
    SnapshotView,
    TaskList,
    TicketView,
    ToldView,
    UnreadView,
    User,
    UserList,
    VersionList,
)


class Api:
    """The calls, named as in openapi.yaml, in snake case."""

    __slots__ = ("_rest",)

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def register(
        self, *, username: str, password: str, email: str | None | Unset = UNSET, setup_code: str | None | Unset = UNSET
    ) -> SignedIn:
        """Make an account.

        The very first one becomes platform administrator.
        """
        return await self._rest.call(
            SignedIn,
            "POST",
            "/auth/register",
            body={"username": username, "email": email, "password": password, "setup_code": setup_code},
        )

    async def login(self, *, username: str, password: str) -> SignedIn:
        """Log in."""
        return await self._rest.call(SignedIn, "POST", "/auth/login", body={"username": username, "password": password})

    async def refresh(self, *, refresh_token: str) -> SignedIn:
        """Exchange a refresh token for a new pair.

        The token directly before the present one gives the same pair for 30 s; an older one ends the log-in.
        """
        return await self._rest.call(SignedIn, "POST", "/auth/refresh", body={"refresh_token": refresh_token})

    async def logout(self, *, all: bool | None | Unset = UNSET) -> None:
        """Log out.

        Ends this log-in (or all), and the sockets opened with it, before it answers.
        """
        await self._rest.call(None, "POST", "/auth/logout", body={"all": all})

    async def get_me(self) -> User:
        """One's own account."""
        return await self._rest.call(User, "GET", "/auth/me")

    async def change_me(self, *, email: str | None | Unset = UNSET) -> User:
        """Change one's own account."""
        return await self._rest.call(User, "PATCH", "/auth/me", body={"email": email})

    async def delete_me(self, *, password: str) -> None:
        """Delete one's own account."""
        await self._rest.call(None, "POST", "/auth/me/delete", body={"password": password})

    async def set_password(self, *, current_password: str, new_password: str) -> None:
        """Set a new password.

        Ends all other log-ins and their sockets before it answers.
        """
        await self._rest.call(
            None, "PUT", "/auth/password", body={"current_password": current_password, "new_password": new_password}
        )

    async def create_ticket(self) -> TicketView:
        """Get a ticket for one socket.

        For browsers, which cannot send headers with a WebSocket: use it as `?ticket=` within 30 s.
        """
        return await self._rest.call(TicketView, "POST", "/auth/ws-ticket")

    async def find_users(self, *, q: str | None = None, limit: int | None = None) -> PeopleView:
        """Find people to share with."""
        return await self._rest.call(PeopleView, "GET", "/users", query={"q": q, "limit": limit})

    async def create_bot(
        self,
        *,
        name: str,
        description: str | None | Unset = UNSET,
        instructions: str | None | Unset = UNSET,
        model: str | None | Unset = UNSET,
        settings: Any = UNSET,
        idempotency_key: str | None = None,
    ) -> Bot:
        """Make a bot."""
        return await self._rest.call(
            Bot,
            "POST",
            "/bots",
            body={"name": name, "description": description, "instructions": instructions, "model": model, "settings": settings},
            idempotency_key=idempotency_key or new_key(),
        )

    async def list_bots(
        self, *, role: str | None = None, q: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> BotList:
        """The bots that one has a role on."""
        return await self._rest.call(BotList, "GET", "/bots", query={"role": role, "q": q, "limit": limit, "cursor": cursor})

    async def get_bot(self, *, bot_id: str) -> Bot:
        """One bot."""
        return await self._rest.call(Bot, "GET", f"/bots/{segment(bot_id)}")

    async def change_bot(
        self,
        *,
        bot_id: str,
        name: str | None | Unset = UNSET,
        description: str | None | Unset = UNSET,
        instructions: str | None | Unset = UNSET,
        model: str | None | Unset = UNSET,
        settings: Any = UNSET,
        if_match: int | None = None,
    ) -> Bot:
        """Change a bot's configuration."""
        return await self._rest.call(
            Bot,
            "PATCH",
            f"/bots/{segment(bot_id)}",
            body={"name": name, "description": description, "instructions": instructions, "model": model, "settings": settings},
            if_match=if_match,
        )

    async def delete_bot(self, *, bot_id: str) -> None:
        """Delete a bot and all that is in it."""
        await self._rest.call(None, "DELETE", f"/bots/{segment(bot_id)}")

    async def list_versions(self, *, bot_id: str, limit: int | None = None, cursor: str | None = None) -> VersionList:
        """The configuration's history."""
        return await self._rest.call(
            VersionList, "GET", f"/bots/{segment(bot_id)}/versions", query={"limit": limit, "cursor": cursor}
        )

    async def restore_version(self, *, bot_id: str, n: int) -> Bot:
        """Make an earlier version the newest one."""
        return await self._rest.call(Bot, "POST", f"/bots/{segment(bot_id)}/versions/{segment(n)}/restore")

    async def transfer_bot(self, *, bot_id: str, user_id: str) -> Bot:
        """Hand a bot over."""
        return await self._rest.call(Bot, "POST", f"/bots/{segment(bot_id)}/transfer", body={"user_id": user_id})

    async def get_snapshot(self, *, bot_id: str, content_html: bool | None = None) -> SnapshotView:
        """A consistent state and the number to subscribe from."""
        return await self._rest.call(
            SnapshotView, "GET", f"/bots/{segment(bot_id)}/snapshot", query={"content_html": content_html}
        )

    async def get_provider(self, *, bot_id: str) -> ProviderView:
        """The bot's own model server."""
        return await self._rest.call(ProviderView, "GET", f"/bots/{segment(bot_id)}/provider")

    async def set_provider(self, *, bot_id: str, kind: str, base_url: str, api_key: str | None | Unset = UNSET) -> ProviderView:
        """Give the bot a model server of its own."""
        return await self._rest.call(
            ProviderView,
            "PUT",
            f"/bots/{segment(bot_id)}/provider",
            body={"kind": kind, "base_url": base_url, "api_key": api_key},
        )

    async def remove_provider(self, *, bot_id: str) -> None:
        """Go back to the model server of the installation."""
        await self._rest.call(None, "DELETE", f"/bots/{segment(bot_id)}/provider")

    async def list_permissions(self, *, bot_id: str, limit: int | None = None, cursor: str | None = None) -> PermissionList:
        """The collaborators."""
        return await self._rest.call(
            PermissionList, "GET", f"/bots/{segment(bot_id)}/permissions", query={"limit": limit, "cursor": cursor}
        )

    async def grant_permission(
        self,
        *,
        bot_id: str,
        role: str,
        user_id: str | None | Unset = UNSET,
        username: str | None | Unset = UNSET,
        expires_at: datetime | None | Unset = UNSET,
    ) -> Permission:
        """Share a bot with somebody, or change their role."""
        return await self._rest.call(
            Permission,
            "POST",
            f"/bots/{segment(bot_id)}/permissions",
            body={"user_id": user_id, "username": username, "role": role, "expires_at": expires_at},
        )

    async def change_permission(
        self, *, bot_id: str, user_id: str, role: str, expires_at: datetime | None | Unset = UNSET
    ) -> Permission:
        """Change a collaborator's role."""
        return await self._rest.call(
            Permission,
            "PUT",
            f"/bots/{segment(bot_id)}/permissions/{segment(user_id)}",
            body={"role": role, "expires_at": expires_at},
        )

    async def revoke_permission(self, *, bot_id: str, user_id: str) -> None:
        """Take a role away, or leave."""
        await self._rest.call(None, "DELETE", f"/bots/{segment(bot_id)}/permissions/{segment(user_id)}")

    async def get_audit(self, *, bot_id: str, limit: int | None = None, cursor: str | None = None) -> AuditList:
        """Who did what."""
        return await self._rest.call(AuditList, "GET", f"/bots/{segment(bot_id)}/audit", query={"limit": limit, "cursor": cursor})

    async def create_session(
        self,
        *,
        bot_id: str,
        title: str | None | Unset = UNSET,
        visibility: str | None | Unset = UNSET,
        auto_reply: bool | None | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Session:
        """Open a session."""
        return await self._rest.call(
            Session,
            "POST",
            f"/bots/{segment(bot_id)}/sessions",
            body={"title": title, "visibility": visibility, "auto_reply": auto_reply},
            idempotency_key=idempotency_key or new_key(),
        )

    async def list_sessions(self, *, bot_id: str, limit: int | None = None, cursor: str | None = None) -> SessionList:
        """The sessions one may see, newest first."""
        return await self._rest.call(
            SessionList, "GET", f"/bots/{segment(bot_id)}/sessions", query={"limit": limit, "cursor": cursor}
        )

    async def get_session(self, *, session_id: str) -> Session:
        """One session."""
        return await self._rest.call(Session, "GET", f"/sessions/{segment(session_id)}")

    async def change_session(
        self,
        *,
        session_id: str,
        title: str | None | Unset = UNSET,
        status: str | None | Unset = UNSET,
        auto_reply: bool | None | Unset = UNSET,
    ) -> Session:
        """Rename, close or reopen a session."""
        return await self._rest.call(
            Session,
            "PATCH",
            f"/sessions/{segment(session_id)}",
            body={"title": title, "status": status, "auto_reply": auto_reply},
        )

    async def delete_session(self, *, session_id: str) -> None:
        """Delete a session and its messages."""
        await self._rest.call(None, "DELETE", f"/sessions/{segment(session_id)}")

    async def mark_read(self, *, session_id: str, message_id: str) -> MarkerView:
        """Set one's read marker.

        It never moves backwards; the answer is the marker that stands.
        """
        return await self._rest.call(MarkerView, "PUT", f"/sessions/{segment(session_id)}/read", body={"message_id": message_id})

    async def post_message(
        self,
        *,
        session_id: str,
        content: str,
        reply: bool | None | Unset = UNSET,
        mentions: list[str] | None | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> PostedView:
        """Post a message."""
        return await self._rest.call(
            PostedView,
            "POST",
            f"/sessions/{segment(session_id)}/messages",
            body={"content": content, "reply": reply, "mentions": mentions},
            idempotency_key=idempotency_key or new_key(),
        )

    async def list_messages(
        self,
        *,
        session_id: str,
        before: str | None = None,
        after: str | None = None,
        limit: int | None = None,
        content_html: bool | None = None,
    ) -> MessageList:
        """The messages of a session.

        Oldest first within the page. Without `before` and `after`: the newest.
        """
        return await self._rest.call(
            MessageList,
            "GET",
            f"/sessions/{segment(session_id)}/messages",
            query={"before": before, "after": after, "limit": limit, "content_html": content_html},
        )

    async def edit_message(self, *, message_id: str, content: str) -> Message:
        """Edit one's own message."""
        return await self._rest.call(Message, "PATCH", f"/messages/{segment(message_id)}", body={"content": content})

    async def delete_message(self, *, message_id: str) -> None:
        """Delete a message."""
        await self._rest.call(None, "DELETE", f"/messages/{segment(message_id)}")

    async def search_messages(
        self,
        *,
        bot_id: str,
        q: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        content_html: bool | None = None,
    ) -> MessageList:
        """Full-text search over the messages one may see, newest first."""
        return await self._rest.call(
            MessageList,
            "GET",
            f"/bots/{segment(bot_id)}/messages/search",
            query={"q": q, "limit": limit, "cursor": cursor, "content_html": content_html},
        )

    async def render_markdown(self, *, content: str) -> MarkdownView:
        """The HTML of a text.

        For what was heard live. It is what messages have as `content_html`: Markdown, without images, with links to web and
        mail alone, and nothing in it that a page could be harmed by.
        """
        return await self._rest.call(MarkdownView, "POST", "/markdown", body={"content": content})

    async def cancel_answer(self, *, message_id: str) -> EndedView:
        """Stop an answer.

        What is written of it stays, as its message. An answer that came to its end before stays as it is.
        """
        return await self._rest.call(EndedView, "POST", f"/messages/{segment(message_id)}/cancel")

    async def regenerate_answer(self, *, message_id: str) -> AskedView:
        """Ask for another answer to the same question."""
        return await self._rest.call(AskedView, "POST", f"/messages/{segment(message_id)}/regenerate")

    async def upload_document(
        self,
        *,
        bot_id: str,
        file: Source,
        filename: str | None = None,
        idempotency_key: str | None = None,
        on_progress: Progress | None = None,
    ) -> Document:
        """Upload a file for the bot to answer from.

        It is read in the background; `document_update` events tell how far it is. Text, Markdown, HTML, PDF, DOCX, PPTX,
        XLSX, CSV and JSON can be read.
        """
        return await self._rest.upload(
            Document,
            f"/bots/{segment(bot_id)}/documents",
            file,
            filename=filename,
            idempotency_key=idempotency_key,
            on_progress=on_progress,
        )

    async def list_documents(self, *, bot_id: str, limit: int | None = None, cursor: str | None = None) -> DocumentList:
        """The documents of a bot, newest first."""
        return await self._rest.call(
            DocumentList, "GET", f"/bots/{segment(bot_id)}/documents", query={"limit": limit, "cursor": cursor}
        )

    async def get_document(self, *, document_id: str) -> Document:
        """One document."""
        return await self._rest.call(Document, "GET", f"/documents/{segment(document_id)}")

    async def delete_document(self, *, document_id: str) -> RemovedView:
        """Delete a document and all that was made of it."""
        return await self._rest.call(RemovedView, "DELETE", f"/documents/{segment(document_id)}")

    def download_document(self, *, document_id: str) -> Download:
        """The file as it was uploaded.

        Always to be saved, never to be shown: a file of somebody else's has no place in a page of this origin.
        """
        return self._rest.download(f"/documents/{segment(document_id)}/content")

    async def get_passage(self, *, document_id: str, n: int) -> PassageInPlace:
        """One piece of a document's text with its neighbours."""
        return await self._rest.call(PassageInPlace, "GET", f"/documents/{segment(document_id)}/chunks/{segment(n)}")

    async def reprocess_document(self, *, document_id: str) -> Document:
        """Read a document once more.

        While it is queued or being read, nothing changes.
        """
        return await self._rest.call(Document, "POST", f"/documents/{segment(document_id)}/reprocess")

    async def cancel_document(self, *, document_id: str) -> Document:
        """Stop the work on a document.

        What is done already stays done.
        """
        return await self._rest.call(Document, "POST", f"/documents/{segment(document_id)}/cancel")

    async def search_documents(self, *, bot_id: str, query: str, limit: int | None | Unset = UNSET) -> PassageList:
        """The passages of a bot's documents that fit a question best."""
        return await self._rest.call(
            PassageList, "POST", f"/bots/{segment(bot_id)}/search", body={"query": query, "limit": limit}
        )

    async def list_events(
        self,
        *,
        bot_id: str,
        since: int | None = None,
        epoch: str | None = None,
        limit: int | None = None,
        wait: int | None = None,
    ) -> HistoryView:
        """Events by number.

        With `wait`, an empty page is held until there is an event, or the seconds are over.
        """
        return await self._rest.call(
            HistoryView,
            "GET",
            f"/bots/{segment(bot_id)}/events",
            query={"since": since, "epoch": epoch, "limit": limit, "wait": wait},
        )

    async def get_presence(self, *, bot_id: str) -> PresenceView:
        """Who is here now."""
        return await self._rest.call(PresenceView, "GET", f"/bots/{segment(bot_id)}/presence")

    async def list_notifications(
        self, *, unread: bool | None = None, limit: int | None = None, cursor: str | None = None
    ) -> NotificationList:
        """One's notifications, newest first."""
        return await self._rest.call(
            NotificationList, "GET", "/notifications", query={"unread": unread, "limit": limit, "cursor": cursor}
        )

    async def count_unread(self) -> UnreadView:
        """How many are unread."""
        return await self._rest.call(UnreadView, "GET", "/notifications/unread-count")

    async def read_notification(self, *, notification_id: str) -> Notification:
        """Mark one as read."""
        return await self._rest.call(Notification, "POST", f"/notifications/{segment(notification_id)}/read")

    async def read_all_notifications(self) -> UnreadView:
        """Mark all as read."""
        return await self._rest.call(UnreadView, "POST", "/notifications/read-all")

    async def dismiss_notification(self, *, notification_id: str) -> None:
        """Dismiss one."""
        await self._rest.call(None, "DELETE", f"/notifications/{segment(notification_id)}")

    async def admin_list_users(self, *, limit: int | None = None, cursor: str | None = None) -> UserList:
        """The people of the tenant."""
        return await self._rest.call(UserList, "GET", "/admin/users", query={"limit": limit, "cursor": cursor})

    async def admin_change_user(
        self, *, user_id: str, role: str | None | Unset = UNSET, disabled: bool | None | Unset = UNSET
    ) -> User:
        """Change a person's role, disable or enable them.

        Disabling closes the person's sockets before it answers.
        """
        return await self._rest.call(User, "PATCH", f"/users/{segment(user_id)}", body={"role": role, "disabled": disabled})

    async def admin_list_bots(self, *, limit: int | None = None, cursor: str | None = None) -> BotList:
        """The bots of the tenant: that they exist, whose they are, how large."""
        return await self._rest.call(BotList, "GET", "/admin/bots", query={"limit": limit, "cursor": cursor})

    async def admin_change_bot(self, *, bot_id: str, suspended: bool) -> Bot:
        """Suspend or resume a bot."""
        return await self._rest.call(Bot, "PATCH", f"/admin/bots/{segment(bot_id)}", body={"suspended": suspended})

    async def broadcast(
        self,
        *,
        message: str,
        title: str | None | Unset = UNSET,
        level: str | None | Unset = UNSET,
        tenant_id: str | None | Unset = UNSET,
    ) -> ToldView:
        """Tell everybody something."""
        return await self._rest.call(
            ToldView,
            "POST",
            "/admin/broadcast",
            body={"message": message, "title": title, "level": level, "tenant_id": tenant_id},
        )

    async def socket_stats(self) -> Any:
        """Figures of the open sockets."""
        return await self._rest.call(Any, "GET", "/ws/stats")

    async def socket_connections(self) -> Any:
        """Who is connected to what."""
        return await self._rest.call(Any, "GET", "/ws/connections")

    async def close_connection(self, *, connection_id: str) -> None:
        """Close a socket."""
        await self._rest.call(None, "DELETE", f"/ws/connections/{segment(connection_id)}")

    async def admin_list_tasks(self, *, limit: int | None = None, cursor: str | None = None) -> TaskList:
        """What is being done in the background.

        Newest first: documents that are read, text and files that are taken away, answers that are written (not those in
        private sessions of others). What has ended is not here.
        """
        return await self._rest.call(TaskList, "GET", "/admin/tasks", query={"limit": limit, "cursor": cursor})

    async def admin_audit(self, *, limit: int | None = None, cursor: str | None = None) -> AuditList:
        """Who did what in the tenant.

        Newest first, without texts, and without what happened in private sessions of others.
        """
        return await self._rest.call(AuditList, "GET", "/admin/audit", query={"limit": limit, "cursor": cursor})
