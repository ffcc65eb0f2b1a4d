//! One of everything, made through the door of the real server: the rows from which `seed` makes thousands. So the benchmark
//! needs to know which columns are ids, and no more of the schema.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::server;
use crate::http::Client;

/// The member's name; the owner's is `owner`.
pub const MEMBER: &str = "member";

/// A data folder of a server that was stopped.
pub struct Template {
    pub folder: PathBuf,
    /// A token of the owner, who made the bot.
    pub owner: String,
}

impl Template {
    /// `environment`: what the server has in its own besides settings, such as another database.
    pub fn make(
        program: &Path,
        folder: PathBuf,
        secret: &str,
        environment: &[(&str, String)],
    ) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        let (process, address) = server::start(program, &folder, secret, environment)?;
        let mut client = Client::connect(address, "")?;
        let register = |client: &mut Client, name: &str| -> Result<Value> {
            let body = json!({ "username": name, "password": "correct horse battery" });
            client.post("/api/auth/register", &body)?.expect(201)
        };
        let owner = register(&mut client, "owner")?;
        let member = register(&mut client, MEMBER)?;
        client.token = text(&owner, "access_token")?;
        let bot = client.post("/api/bots", &json!({ "name": "Bot" }))?.expect(201)?;
        let bot = text(&bot, "id")?;
        let role = json!({ "user_id": member["user"]["id"], "role": "editor" });
        client
            .post(&format!("/api/bots/{bot}/permissions"), &role)?
            .expect(201)?;
        let session = json!({ "title": "Session", "auto_reply": false });
        let session = client
            .post(&format!("/api/bots/{bot}/sessions"), &session)?
            .expect(201)?;
        let message = json!({ "content": "the first message" });
        let path = format!("/api/sessions/{}/messages", text(&session, "id")?);
        client.post(&path, &message)?.expect(201)?;
        let path = format!("/api/bots/{bot}/documents");
        let document = client
            .upload(&path, "first.txt", "the text of the first document\n")?
            .expect(202)?;
        processed(&mut client, &text(&document, "id")?)?;
        process.stop(Duration::from_secs(20))?;
        Ok(Self {
            folder,
            owner: client.token,
        })
    }

    /// A data folder of its own with the same content.
    pub fn copy(&self, to: &Path) -> Result<()> {
        copy(&self.folder, to).with_context(|| format!("cannot copy to {}", to.display()))
    }
}

fn text(value: &Value, field: &str) -> Result<String> {
    Ok(value[field].as_str().context("a field is missing")?.into())
}

fn processed(client: &mut Client, document: &str) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let now = client.get(&format!("/api/documents/{document}"))?.expect(200)?;
        if now["status"] == "processed" {
            return Ok(());
        }
        ensure!(Instant::now() < end, "a document was not read in time: {now}");
        sleep(Duration::from_millis(20));
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
