//! What a client keeps of a bot: a snapshot, and the events after it applied by a small reducer; and how two such states are
//! compared. Presence, read markers and what is never in an event (see `FORGOTTEN`) stay outside.

use serde_json::{Value, json};
use tests::Person;

use crate::sockets_kit::seq_of;

/// Fields that no event carries, or that differ from reader to reader.
const FORGOTTEN: [&str; 7] = [
    "instructions",
    "model",
    "settings",
    "unread",
    "read",
    "message_count",
    "updated_at",
];

/// What a client keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    me: String,
    bot: Value,
    members: Vec<Value>,
    sessions: Vec<Value>,
    messages: Vec<Value>,
    documents: Vec<Value>,
    answers: Vec<Value>,
    pub seq: i64,
}

pub async fn load(person: &Person, bot: &str) -> State {
    let snapshot = person.get(&format!("/api/bots/{bot}/snapshot")).await.ok(200);
    assert_ne!(snapshot["more"], true, "small enough to be whole");
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let messages = snapshot["messages"].as_object().expect("lists by session");
    State {
        me: person.id.clone(),
        bot: snapshot["bot"].clone(),
        members: list(&snapshot["members"]),
        sessions: list(&snapshot["sessions"]),
        messages: messages.values().flat_map(list).collect(),
        documents: list(&snapshot["documents"]),
        answers: list(&snapshot["answers"]),
        seq: snapshot["seq"].as_i64().unwrap(),
    }
    .tidy()
}

impl State {
    /// Without what is outside of the comparison, each list in one order.
    pub fn tidy(mut self) -> Self {
        let rows = self
            .members
            .iter_mut()
            .chain(&mut self.sessions)
            .chain(&mut self.messages);
        for row in rows.chain([&mut self.bot]) {
            for name in FORGOTTEN {
                row.as_object_mut().expect("an object").remove(name);
            }
        }
        self.members.sort_by_key(|row| row["user_id"].to_string());
        self.sessions.sort_by_key(|row| row["id"].to_string());
        self.messages.sort_by_key(|row| row["id"].to_string());
        self.documents.sort_by_key(|row| row["id"].to_string());
        let owners = self.bot["owners"].as_array_mut().expect("owners");
        owners.sort_by_key(|row| row["user_id"].to_string());
        self
    }

    pub fn apply(&mut self, event: &Value) {
        assert!(seq_of(event) > self.seq, "in order");
        self.seq = seq_of(event);
        let data = &event["data"];
        match event["type"].as_str().unwrap() {
            "chat_message" if data["redacted"] == true => {}
            "chat_message" => {
                let mut message = data.clone();
                message["id"] = data["message_id"].clone();
                message["bot_id"] = event["bot_id"].clone();
                message["edited_at"] = Value::Null;
                self.answers.retain(|row| row["message_id"] != data["message_id"]);
                self.messages.push(message);
            }
            "chat_message_updated" => {
                if let Some(message) = find(&mut self.messages, "id", &data["message_id"]) {
                    for field in ["content", "metadata", "edited_at"] {
                        message[field] = data[field].clone();
                    }
                }
            }
            "chat_message_deleted" => self.messages.retain(|row| row["id"] != data["message_id"]),
            "session_created" => self.sessions.push(data["session"].clone()),
            "session_updated" => {
                *find(&mut self.sessions, "id", &data["session"]["id"]).expect("a known session") =
                    data["session"].clone();
            }
            "session_deleted" => {
                self.sessions.retain(|row| row["id"] != data["session"]["id"]);
                for rows in [&mut self.messages, &mut self.answers] {
                    rows.retain(|row| row["session_id"] != data["session"]["id"]);
                }
            }
            "document_update" => {
                let mut document = data["document"].clone();
                document["bot_id"] = event["bot_id"].clone();
                self.documents.retain(|row| row["id"] != document["id"]);
                if data["action"] != "deleted" {
                    self.documents.push(document);
                }
            }
            "permission_change" => {
                let mut member = data["details"].clone();
                member["user_id"] = data["target_user_id"].clone();
                self.set_member(member, data["action"] == "revoked");
            }
            "bot_update" => self.apply_to_bot(data),
            other => panic!("an event that no client knows: {other}"),
        }
    }

    fn apply_to_bot(&mut self, data: &Value) {
        let details = &data["details"];
        match data["update_type"].as_str().unwrap() {
            "config" => {
                for field in ["name", "description", "version"] {
                    if let Some(value) = details.get(field) {
                        self.bot[field] = value.clone();
                    }
                }
            }
            "ownership" => {
                let roles = [
                    (&details["to"], "owner", &details["to_username"]),
                    (&details["from"], "editor", &Value::Null),
                ];
                for (user, role, username) in roles {
                    // An administrator who calls takes it from nobody.
                    if user.is_null() {
                        continue;
                    }
                    let known = find(&mut self.members, "user_id", user).cloned();
                    let mut member =
                        known.unwrap_or_else(|| json!({ "user_id": user, "username": username }));
                    member["role"] = json!(role);
                    member["expires_at"] = Value::Null;
                    for field in ["granted_by", "granted_at"] {
                        member[field] = details[field].clone();
                    }
                    self.set_member(member, false);
                }
            }
            "suspended" | "resumed" => {}
            other => panic!("a change that no client knows: {other}"),
        }
    }

    fn set_member(&mut self, mut member: Value, gone: bool) {
        member.as_object_mut().unwrap().remove("reason");
        let user = member["user_id"].clone();
        self.members.retain(|row| row["user_id"] != user);
        let owners = self.bot["owners"].as_array_mut().unwrap();
        owners.retain(|row| row["user_id"] != user);
        if gone {
            return;
        }
        if member["role"] == "owner" {
            owners.push(json!({ "user_id": user, "username": member["username"] }));
        }
        if user == self.me.as_str() {
            self.bot["role"] = member["role"].clone();
        }
        self.members.push(member);
    }
}

fn find<'a>(rows: &'a mut [Value], field: &str, value: &Value) -> Option<&'a mut Value> {
    rows.iter_mut().find(|row| row[field] == *value)
}

pub fn compare(who: &str, kept: State, fresh: &State) {
    assert_eq!(kept.bot, fresh.bot, "{who}: the bot");
    same(&kept.members, &fresh.members, who);
    same(&kept.sessions, &fresh.sessions, who);
    same(&kept.messages, &fresh.messages, who);
    same(&kept.documents, &fresh.documents, who);
    same(&kept.answers, &fresh.answers, who);
    assert_eq!(kept.seq, fresh.seq, "{who}: the number");
}

/// Row by row, so that a difference can be read.
fn same(kept: &[Value], fresh: &[Value], who: &str) {
    for (kept, fresh) in kept.iter().zip(fresh) {
        assert_eq!(kept, fresh, "{who}");
    }
    assert_eq!(kept.len(), fresh.len(), "{who}: {:#?}", kept.last());
}
