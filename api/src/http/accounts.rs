//! `/auth/*` and `/users`: registration, log-in, one's own account, finding people.

use std::sync::Arc;

use domain::account::{Door, NewUser, Opened, PasswordHash, Refreshed, User};
use domain::text::{Email, Password, Username, name_key};
use domain::{Error, Lacking, Unauthenticated};
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use subtle::ConstantTimeEq;

use super::Tag;
use super::answer::{Created, Done, Knock, Outcome, Own, OwnChange, Reply};
use super::body::{Body, Input};
use super::fields::{Fields, boolean, text};
use super::request::{Signed, Visitor, page};
use super::view;
use crate::app::App;
use crate::auth::new_ticket;

pub struct AccountsApi {
    pub app: Arc<App>,
}

#[derive(Object)]
struct RegisterBody {
    /// 3 to 32 letters, digits, `.`, `_`, `-`; unique by NFKC and case.
    #[oai(validator(min_length = 3, max_length = 32))]
    username: String,
    email: Option<String>,
    #[oai(validator(min_length = 8, max_length = 256))]
    password: String,
    /// For the very first account, unless it is made from the server's own machine.
    setup_code: Option<String>,
}

struct Registering {
    username: Username,
    email: Option<Email>,
    password: Password,
    setup_code: Option<String>,
}

impl Input for RegisterBody {
    type Parsed = Registering;

    fn read(fields: &mut Fields) -> Option<Registering> {
        let username = fields.required("username", text(Username::parse));
        let email = fields.optional("email", text(Email::parse));
        let password = fields.required("password", text(Password::parse));
        let setup_code = fields.optional("setup_code", text(|code| Ok(code.to_owned())));
        Some(Registering {
            username: username?,
            email,
            password: password?,
            setup_code,
        })
    }
}

#[derive(Object)]
struct LoginBody {
    /// Username or e-mail address.
    username: String,
    password: String,
}

impl Input for LoginBody {
    type Parsed = (String, Password);

    fn read(fields: &mut Fields) -> Option<(String, Password)> {
        let username = fields.required("username", text(|name| Ok(name.to_owned())));
        let password = fields.required("password", text(Password::typed));
        Some((username?, password?))
    }
}

#[derive(Object)]
struct RefreshBody {
    refresh_token: String,
}

impl Input for RefreshBody {
    type Parsed = String;

    fn read(fields: &mut Fields) -> Option<String> {
        fields.required("refresh_token", text(|token| Ok(token.to_owned())))
    }
}

#[derive(Object)]
struct LogoutBody {
    /// End all of one's log-ins, not this one alone.
    #[oai(default)]
    all: bool,
}

impl Input for LogoutBody {
    type Parsed = bool;
    const MAY_BE_ABSENT: bool = true;

    fn read(fields: &mut Fields) -> Option<bool> {
        Some(fields.optional("all", boolean).unwrap_or(false))
    }
}

#[derive(Object)]
struct MeBody {
    /// Null removes it.
    email: Option<String>,
}

impl Input for MeBody {
    type Parsed = Option<Option<Email>>;

    fn read(fields: &mut Fields) -> Option<Self::Parsed> {
        Some(fields.nullable("email", text(Email::parse)))
    }
}

#[derive(Object)]
struct DeleteMeBody {
    password: String,
}

impl Input for DeleteMeBody {
    type Parsed = Password;

    fn read(fields: &mut Fields) -> Option<Password> {
        fields.required("password", text(Password::typed))
    }
}

#[derive(Object)]
struct PasswordBody {
    current_password: String,
    #[oai(validator(min_length = 8, max_length = 256))]
    new_password: String,
}

impl Input for PasswordBody {
    type Parsed = (Password, Password);

    fn read(fields: &mut Fields) -> Option<(Password, Password)> {
        let current = fields.required("current_password", text(Password::typed));
        let new = fields.required("new_password", text(Password::parse));
        Some((current?, new?))
    }
}

/// A log-in: who it is, and the pair of tokens.
#[derive(Object)]
struct SignedIn {
    user: view::User,
    access_token: String,
    refresh_token: String,
    token_type: String,
    /// Seconds.
    expires_in: u64,
}

#[derive(Object)]
struct TicketView {
    ticket: String,
    /// Seconds.
    expires_in: u64,
}

#[derive(Object)]
struct PeopleView {
    items: Vec<view::Person>,
    next_cursor: Option<String>,
}

#[OpenApi(tag = "Tag::Accounts")]
impl AccountsApi {
    /// Make an account
    ///
    /// The very first one becomes platform administrator.
    #[oai(path = "/auth/register", method = "post", operation_id = "register")]
    async fn register(
        &self,
        visitor: Visitor,
        body: Body<RegisterBody>,
    ) -> Outcome<Created<SignedIn>, Knock> {
        let Registering {
            username,
            email,
            password,
            setup_code,
        } = body.value;
        let door = self.door(visitor.local, setup_code.as_deref());
        self.app.accounts.may_register(door).await?;
        let password = self.app.passwords.hash(&password).await?;
        let opened = self
            .app
            .accounts
            .register(
                NewUser {
                    username,
                    email,
                    password,
                },
                door,
            )
            .await?;
        Ok(Created::new(self.signed_in(opened)?))
    }

    /// Log in
    #[oai(path = "/auth/login", method = "post", operation_id = "login")]
    async fn login(&self, visitor: Visitor, body: Body<LoginBody>) -> Outcome<Reply<SignedIn>, Knock> {
        let (name, password) = body.value;
        let attempt = self.app.login_guard.before(&name_key(&name), visitor.address)?;
        tokio::time::sleep(attempt.delay).await;
        let found = self.app.accounts.login_of(&name).await?;
        // A name that nobody has is hashed against too: the time tells nothing.
        let right = self
            .app
            .passwords
            .verify(&password, found.as_ref().map(|(_, hash)| hash))
            .await?;
        let opened = match found {
            Some((user, hash)) if right && !user.disabled => self.app.accounts.open(user.id, &hash).await,
            Some(_) | None => Err(Unauthenticated::WrongCredentials.into()),
        };
        match opened {
            Ok(opened) => {
                self.app.live.tell_attempt(attempt.succeeded());
                Ok(Reply::new(self.signed_in(opened)?))
            }
            Err(error @ Error::Unauthenticated(_)) => {
                self.app.live.tell_attempt(attempt.failed());
                Err(error.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Exchange a refresh token for a new pair
    ///
    /// The token directly before the present one gives the same pair for 30 s; an older one ends the log-in.
    #[oai(path = "/auth/refresh", method = "post", operation_id = "refresh")]
    async fn refresh(&self, _visitor: Visitor, body: Body<RefreshBody>) -> Outcome<Reply<SignedIn>, Knock> {
        let (family, generation) = self.app.auth.tokens.read_refresh(&body.value)?;
        match self.app.accounts.refresh(family, generation).await? {
            Refreshed::Pair(opened) => Ok(Reply::new(self.signed_in(*opened)?)),
            Refreshed::Ended(mark) => {
                self.app.live.settle(mark).await;
                Err(Error::from(Unauthenticated::RefreshRejected).into())
            }
        }
    }

    /// Log out
    ///
    /// Ends this log-in (or all), and the sockets opened with it, before it answers.
    #[oai(path = "/auth/logout", method = "post", operation_id = "logout")]
    async fn logout(&self, caller: Signed, body: Body<LogoutBody>) -> Outcome<Done, OwnChange> {
        let mark = self.app.accounts.logout(&caller.0, body.value).await?;
        self.app.live.settle(mark).await;
        Ok(Done)
    }

    /// One's own account
    #[oai(path = "/auth/me", method = "get", operation_id = "getMe")]
    async fn me(&self, caller: Signed) -> Outcome<Reply<view::User>, Own> {
        Ok(Reply::new(self.app.accounts.me(&caller.0).await?.into()))
    }

    /// Change one's own account
    #[oai(path = "/auth/me", method = "patch", operation_id = "changeMe")]
    async fn change_me(&self, caller: Signed, body: Body<MeBody>) -> Outcome<Reply<view::User>, OwnChange> {
        let user = match body.value {
            Some(email) => self.app.accounts.set_email(&caller.0, email).await?,
            None => self.app.accounts.me(&caller.0).await?,
        };
        Ok(Reply::new(user.into()))
    }

    /// Delete one's own account
    #[oai(path = "/auth/me/delete", method = "post", operation_id = "deleteMe")]
    async fn delete_me(&self, caller: Signed, body: Body<DeleteMeBody>) -> Outcome<Done, OwnChange> {
        let hash = self.proven(&caller, &body.value).await?;
        let mark = self.app.accounts.delete(&caller.0, &hash).await?;
        self.app.live.settle(mark).await;
        Ok(Done)
    }

    /// Set a new password
    ///
    /// Ends all other log-ins and their sockets before it answers.
    #[oai(path = "/auth/password", method = "put", operation_id = "setPassword")]
    async fn set_password(&self, caller: Signed, body: Body<PasswordBody>) -> Outcome<Done, OwnChange> {
        let (current, new) = body.value;
        let verified = self.proven(&caller, &current).await?;
        let new = self.app.passwords.hash(&new).await?;
        let mark = self.app.accounts.set_password(&caller.0, &verified, &new).await?;
        self.app.live.settle(mark).await;
        Ok(Done)
    }

    /// Get a ticket for one socket
    ///
    /// For browsers, which cannot send headers with a WebSocket: use it as `?ticket=` within 30 s.
    #[oai(path = "/auth/ws-ticket", method = "post", operation_id = "createTicket")]
    async fn ticket(&self, caller: Signed) -> Outcome<Created<TicketView>, Own> {
        let (ticket, hash) = new_ticket()?;
        self.app.accounts.issue_ticket(&caller.0, hash).await?;
        Ok(Created::new(TicketView {
            ticket,
            expires_in: self.app.settings.limits.ticket.as_secs(),
        }))
    }

    /// Find people to share with
    #[oai(path = "/users", method = "get", operation_id = "findUsers")]
    async fn find(
        &self,
        caller: Signed,
        /// The beginning of a username.
        q: Query<Option<String>>,
        limit: Query<Option<String>>,
    ) -> Outcome<Reply<PeopleView>, Own> {
        let page = page(limit.0.as_deref(), None)?;
        let people = self
            .app
            .accounts
            .find(&caller.0, q.0.as_deref().unwrap_or_default(), page.limit)
            .await?;
        let person = |user: User| view::Person {
            id: user.id.0,
            username: user.username,
        };
        Ok(Reply::new(PeopleView {
            items: people.into_iter().map(person).collect(),
            next_cursor: None,
        }))
    }
}

impl AccountsApi {
    /// Who may make an account: see "Accounts" of the REST contract.
    fn door(&self, local: bool, code: Option<&str>) -> Door {
        let right_code =
            code.is_some_and(|code| code.as_bytes().ct_eq(self.app.setup_code.as_bytes()).into());
        let open = self.app.settings.registration_open(local);
        Door {
            first: local || right_code,
            open,
        }
    }

    fn signed_in(&self, opened: Opened) -> Result<SignedIn, Error> {
        let tokens = &self.app.auth.tokens;
        Ok(SignedIn {
            access_token: tokens.access(&opened.family)?,
            refresh_token: tokens.refresh(&opened.family),
            token_type: "Bearer".into(),
            expires_in: tokens.access_lifetime().as_secs(),
            user: opened.user.into(),
        })
    }

    /// The caller's present password hash, after they have shown that they know the password. Guessing it with a stolen token
    /// is slowed down like guessing at the log-in.
    async fn proven(&self, caller: &Signed, password: &Password) -> Result<PasswordHash, Error> {
        let Signed(caller, address) = caller;
        let attempt = self
            .app
            .login_guard
            .before(&caller.user_id.to_string(), *address)?;
        tokio::time::sleep(attempt.delay).await;
        let hash = self.app.accounts.password_of(caller).await?;
        if self.app.passwords.verify(password, Some(&hash)).await? {
            self.app.live.tell_attempt(attempt.succeeded());
            Ok(hash)
        } else {
            self.app.live.tell_attempt(attempt.failed());
            Err(Lacking::Password.into())
        }
    }
}
