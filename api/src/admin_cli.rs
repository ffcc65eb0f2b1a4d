//! Commands that work at the database directly, for who runs the server. They may run beside a running server: both go through
//! the same transactions, and its own rows are what a server believes.

use std::io::{BufRead, IsTerminal};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use domain::account::{Accounts, NewUser};
use domain::text::{Email, Password, Username};
use infra::bus::Bus;
use infra::installation::Installation;
use infra::password::Passwords;
use infra::store::{Migrated, SqlStore};

use crate::cli::{Admin, PasswordFrom};
use crate::config::{Settings, random_code};
use crate::storage::{self, lifetimes, open, told};

/// `colloquy migrate`.
pub async fn migrate(settings: &Settings) -> anyhow::Result<Migrated> {
    let store = open(settings, Bus::local()).await?;
    let migrated = storage::migrate(&store).await;
    store.close().await.map_err(told)?;
    migrated
}

/// `colloquy admin …`; gives what to print.
pub async fn run(settings: &Settings, command: Admin) -> anyhow::Result<String> {
    let store = open(settings, Bus::local()).await?;
    storage::migrate(&store).await?;
    let said = act(settings, &store, command).await;
    store.close().await.map_err(told)?;
    said
}

async fn act(settings: &Settings, store: &SqlStore, command: Admin) -> anyhow::Result<String> {
    let accounts = Accounts::new(Arc::new(store.clone()), lifetimes(&settings.limits));
    match command {
        Admin::CreateUser {
            name,
            email,
            admin,
            password,
        } => {
            let username = Username::parse(&name).map_err(|why| anyhow!("the name {why}"))?;
            let email = email
                .as_deref()
                .map(Email::parse)
                .transpose()
                .map_err(|why| anyhow!("the e-mail {why}"))?;
            let (password, note) = password.get()?;
            let password = hashed(settings, &password).await?;
            let user = accounts
                .create_by_operator(
                    &NewUser {
                        username,
                        email,
                        password,
                    },
                    admin,
                )
                .await
                .map_err(told)?;
            let kind = if user.platform_admin {
                "an administrator"
            } else {
                "a member"
            };
            Ok(format!("{} is {kind}{note}", user.username))
        }
        Admin::SetPassword { name, password } => {
            let (password, note) = password.get()?;
            let password = hashed(settings, &password).await?;
            let user = accounts
                .set_password_by_operator(&name, &password)
                .await
                .map_err(told)?;
            Ok(format!(
                "{} has a new password, and is logged out everywhere{note}",
                user.username
            ))
        }
        Admin::Promote { name } => {
            let user = accounts.promote_by_operator(&name).await.map_err(told)?;
            Ok(format!("{} is an administrator of the platform", user.username))
        }
        Admin::NewEpoch => {
            let installation = Installation::open(store.clone(), &settings.data_dir)
                .await
                .map_err(told)?;
            installation.new_epoch().await.map_err(told)?;
            Ok(format!("the epoch is {}", installation.epoch().0))
        }
    }
}

async fn hashed(settings: &Settings, password: &Password) -> anyhow::Result<domain::account::PasswordHash> {
    let passwords = Passwords::new(storage::hashing(&settings.limits)).map_err(told)?;
    passwords.hash(password).await.map_err(told)
}

impl PasswordFrom {
    /// The password, and what is to be told of it.
    fn get(self) -> anyhow::Result<(Password, String)> {
        if self.password_stdin {
            let mut line = String::new();
            std::io::stdin()
                .lock()
                .read_line(&mut line)
                .context("cannot read the password")?;
            return Ok((parse(line.trim_end_matches(['\r', '\n']))?, String::new()));
        }
        // Empty is the same as not set, as for all variables.
        if let Some(text) = std::env::var("COLLOQUY_PASSWORD")
            .ok()
            .filter(|text| !text.is_empty())
        {
            return Ok((parse(&text)?, String::new()));
        }
        if std::io::stdin().is_terminal() {
            return Ok((asked()?, String::new()));
        }
        let made = random_code()?;
        Ok((parse(&made)?, format!("\npassword: {made}")))
    }
}

fn asked() -> anyhow::Result<Password> {
    let first = rpassword::prompt_password("new password: ").context("cannot read the password")?;
    let again = rpassword::prompt_password("once more: ").context("cannot read the password")?;
    if first != again {
        bail!("the two differ");
    }
    parse(&first)
}

fn parse(text: &str) -> anyhow::Result<Password> {
    Password::parse(text).map_err(|why| anyhow!("the password {why}"))
}
