//! The one check of rights. The role is read through the transaction of the change that it guards, alone (`authorize`) or in one
//! statement with what it is about (`admit`). Both give out an `Access`: a value that nothing else can make, and that rows
//! belonging to a bot ask for in place of a bare id.

use super::policy::{Action, needs_of};
use super::role::Role;
use crate::bot::BotHead;
use crate::caller::Caller;
use crate::error::{Lacking, Result, Subject};
use crate::ids::{BotId, TenantId, UserId};
use crate::store::Tx;

/// What the database says of a bot and one person's role on it, by its own clock: a role past its date is none.
#[derive(Debug, Clone)]
pub struct Standing {
    pub user_id: UserId,
    pub bot: BotHead,
    pub role: Option<Role>,
}

/// Proof that a caller may do an action on a bot, for as long as the transaction that it was read in.
#[derive(Debug, Clone)]
pub struct Access {
    bot: BotHead,
    role: Option<Role>,
}

impl Access {
    pub fn bot_id(&self) -> BotId {
        self.bot.id
    }

    pub fn tenant_id(&self) -> TenantId {
        self.bot.tenant_id
    }

    pub fn bot(&self) -> &BotHead {
        &self.bot
    }

    /// The caller's role; `None` for an administrator (or the server) acting without one.
    pub fn role(&self) -> Option<Role> {
        self.role
    }

    pub fn has(&self, role: Role) -> bool {
        self.role.is_some_and(|held| held >= role)
    }

    /// For the creator of a new bot, before its rows exist.
    pub(crate) fn creating(bot: BotHead) -> Self {
        Self {
            bot,
            role: Some(Role::Owner),
        }
    }
}

/// Not visible is `NotFound`, visible but not allowed is `Forbidden`.
pub async fn authorize(tx: &mut dyn Tx, caller: &Caller, bot_id: BotId, action: Action) -> Result<Access> {
    let standing = tx.standing(caller.user_id, bot_id).await?;
    admit(standing, caller, action)
}

/// The same over a standing that was read together with something else. Another person's is none.
pub(crate) fn admit(standing: Option<Standing>, caller: &Caller, action: Action) -> Result<Access> {
    let own = standing.filter(|standing| standing.user_id == caller.user_id);
    decide(own, caller.tenant_id, caller.is_admin(), action)
}

/// The same for somebody who is not here: whose question is being answered. An administrator counts for their role alone, and
/// who is disabled or gone for nothing.
pub(crate) async fn authorize_absent(
    tx: &mut dyn Tx,
    user: UserId,
    bot_id: BotId,
    action: Action,
) -> Result<Access> {
    let person = tx.user(user).await?.filter(|person| !person.disabled);
    let person = person.ok_or(Subject::Bot)?;
    let standing = tx.standing(user, bot_id).await?;
    decide(standing, person.tenant_id, false, action)
}

fn decide(standing: Option<Standing>, tenant: TenantId, admin: bool, action: Action) -> Result<Access> {
    let Some(Standing { bot, role, .. }) = standing else {
        return Err(Subject::Bot.into());
    };
    if bot.tenant_id != tenant {
        return Err(Subject::Bot.into());
    }
    let needs = needs_of(action);
    // Suspension hides the bot from its viewers and editors, and leaves its owners reading and deleting it.
    let role = if bot.suspended {
        role.filter(|role| *role == Role::Owner)
    } else {
        role
    };
    if role.is_none() && !admin {
        return Err(Subject::Bot.into());
    }
    if action == Action::Leave && role.is_none() {
        return Err(Subject::Permission.into());
    }
    let by_role = needs
        .role
        .is_some_and(|least| role.is_some_and(|held| held >= least));
    if needs.admin && admin {
        return Ok(Access { bot, role });
    }
    if bot.suspended && role.is_some() && !needs.while_suspended {
        return Err(Lacking::BotSuspended.into());
    }
    if by_role {
        return Ok(Access { bot, role });
    }
    Err(needs.role.map_or(Lacking::TenantAdmin, Lacking::Role).into())
}

/// The server's own hand (roles that end at their date, a deleted account): no caller, no role, but the same rows.
pub(crate) async fn as_system(tx: &mut dyn Tx, bot_id: BotId) -> Result<Option<Access>> {
    Ok(tx.bot_head(bot_id).await?.map(|bot| Access { bot, role: None }))
}
