//! `/notifications`: one's own inbox.

use std::sync::Arc;

use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};

use super::Tag;
use super::answer::{Act, Done, Outcome, Own, Reply};
use super::page::encode;
use super::request::{Id, Signed, flag, page};
use super::view;
use crate::app::App;

pub struct NotificationsApi {
    pub app: Arc<App>,
}

#[derive(Object)]
struct NotificationList {
    items: Vec<view::Notification>,
    next_cursor: Option<String>,
}

#[derive(Object)]
struct UnreadView {
    unread: i64,
}

#[OpenApi(tag = "Tag::Notifications")]
impl NotificationsApi {
    /// One's notifications, newest first
    #[oai(path = "/notifications", method = "get", operation_id = "listNotifications")]
    async fn list(
        &self,
        caller: Signed,
        /// `true`: only what is not read yet.
        unread: Query<Option<String>>,
        limit: Query<Option<String>>,
        cursor: Query<Option<String>>,
    ) -> Outcome<Reply<NotificationList>, Own> {
        let page = page(limit.0.as_deref(), cursor.0.as_deref())?;
        let unread_only = flag("unread", unread.0.as_deref())?;
        let paged = self.app.inbox.list(&caller.0, unread_only, page).await?;
        let next_cursor = paged.next.map(encode);
        let items = paged.items.into_iter().map(view::Notification::from).collect();
        Ok(Reply::new(NotificationList { items, next_cursor }))
    }

    /// How many are unread
    #[oai(
        path = "/notifications/unread-count",
        method = "get",
        operation_id = "countUnread"
    )]
    async fn unread(&self, caller: Signed) -> Outcome<Reply<UnreadView>, Own> {
        Ok(Reply::new(UnreadView {
            unread: self.app.inbox.unread(&caller.0).await?,
        }))
    }

    /// Mark one as read
    #[oai(
        path = "/notifications/:notification_id/read",
        method = "post",
        operation_id = "readNotification"
    )]
    async fn read(
        &self,
        caller: Signed,
        notification_id: Path<Id>,
    ) -> Outcome<Reply<view::Notification>, Act> {
        Ok(Reply::new(
            self.app
                .inbox
                .read(&caller.0, notification_id.0.into())
                .await?
                .into(),
        ))
    }

    /// Mark all as read
    #[oai(
        path = "/notifications/read-all",
        method = "post",
        operation_id = "readAllNotifications"
    )]
    async fn read_all(&self, caller: Signed) -> Outcome<Reply<UnreadView>, Own> {
        Ok(Reply::new(UnreadView {
            unread: self.app.inbox.read_all(&caller.0).await?,
        }))
    }

    /// Dismiss one
    #[oai(
        path = "/notifications/:notification_id",
        method = "delete",
        operation_id = "dismissNotification"
    )]
    async fn dismiss(&self, caller: Signed, notification_id: Path<Id>) -> Outcome<Done, Act> {
        self.app
            .inbox
            .dismiss(&caller.0, notification_id.0.into())
            .await?;
        Ok(Done)
    }
}
