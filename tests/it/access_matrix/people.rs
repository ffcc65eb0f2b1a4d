//! The kinds of callers that the matrix knows, and people who are there for things to happen to.

use serde_json::{Value, json};
use tests::{App, Client, Person};

pub const IDENTITIES: [&str; 9] = [
    "anonymous",
    "expired",
    "other_tenant",
    "other_tenant_admin",
    "outsider",
    "viewer",
    "editor",
    "owner",
    "tenant_admin",
];

pub struct People {
    pub anonymous: Client,
    /// Somebody whose token was good once.
    pub expired: Person,
    pub other_tenant: Person,
    pub other_tenant_admin: Person,
    pub outsider: Person,
    pub viewer: Person,
    pub editor: Person,
    pub owner: Person,
    pub tenant_admin: Person,
    pub platform_admin: Person,
    /// Has written what is in the bot, as a viewer of it.
    pub author: Person,
    /// Gets roles.
    pub guest: Person,
    /// Is changed by administrators.
    pub subject: Person,
}

impl People {
    pub async fn gather(app: &App) -> Self {
        let platform_admin = app.register("platform.admin").await;
        let people = Self {
            anonymous: app.anonymous(),
            expired: app.register("expired").await,
            other_tenant: app.register("other.tenant").await,
            other_tenant_admin: app.register("other.tenant.admin").await,
            outsider: app.register("outsider").await,
            viewer: app.register("viewer").await,
            editor: app.register("editor").await,
            owner: app.register("owner").await,
            tenant_admin: app.register("tenant.admin").await,
            platform_admin,
            author: app.register("author").await,
            guest: app.register("guest").await,
            subject: app.register("subject").await,
        };
        people.expired.post("/api/auth/logout", json!({})).await.ok(204);
        people.make_admin(&people.tenant_admin).await;
        let database = app.database().await;
        database
            .move_to_other_tenant(&people.other_tenant.id, "member")
            .await;
        database
            .move_to_other_tenant(&people.other_tenant_admin.id, "admin")
            .await;
        // So that everybody has something in their inbox.
        for number in 0..2 {
            let word = json!({ "message": format!("Word {number}"), "tenant_id": null });
            people
                .platform_admin
                .post("/api/admin/broadcast", word)
                .await
                .ok(202);
        }
        people
    }

    async fn make_admin(&self, person: &Person) {
        let path = format!("/api/users/{}", person.id);
        self.platform_admin
            .patch(&path, json!({ "role": "admin" }))
            .await
            .ok(200);
    }

    /// Who calls; nobody when anonymous.
    pub fn of(&self, identity: &str) -> Option<&Person> {
        Some(match identity {
            "anonymous" => return None,
            "expired" => &self.expired,
            "other_tenant" => &self.other_tenant,
            "other_tenant_admin" => &self.other_tenant_admin,
            "outsider" => &self.outsider,
            "viewer" => &self.viewer,
            "editor" => &self.editor,
            "owner" => &self.owner,
            "tenant_admin" => &self.tenant_admin,
            other => panic!("the matrix knows `{other}`, which this test does not"),
        })
    }

    /// A new account in the same position, for what ends or changes the caller's own account. The first two stay who they are.
    pub async fn another(&self, app: &App, identity: &str) -> Option<Person> {
        if matches!(identity, "anonymous" | "expired") {
            return None;
        }
        let person = app
            .register(&format!("p{}", &uuid::Uuid::new_v4().simple().to_string()[..20]))
            .await;
        match identity {
            "other_tenant" => {
                app.database()
                    .await
                    .move_to_other_tenant(&person.id, "member")
                    .await
            }
            "other_tenant_admin" => {
                app.database()
                    .await
                    .move_to_other_tenant(&person.id, "admin")
                    .await
            }
            "owner" => drop(person.bot("One of a new owner").await),
            "tenant_admin" => self.make_admin(&person).await,
            _ => {}
        }
        Some(person)
    }

    /// Some notification of a person: the newest.
    pub async fn notification_of(&self, person: &Person) -> String {
        let list = person.get("/api/notifications").await.ok(200);
        super::text(
            list["items"]
                .as_array()
                .and_then(|items| items.first())
                .map_or(&Value::Null, |item| &item["id"]),
        )
    }
}
