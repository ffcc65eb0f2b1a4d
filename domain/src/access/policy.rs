//! THE permission table: what each action on a bot needs. Nothing else in the program decides on a role.
//!
//! What is not a matter of roles (an author's own message, another's private session, the last owner) stands with its feature.

use super::role::Role;

/// Everything that can be done to a bot and what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See that the bot exists: for a tenant admin without a role that is id, name, owners and size.
    ReadBot,
    ChangeBot,
    DeleteBot,
    TransferBot,
    SuspendBot,
    ListCollaborators,
    Share,
    Leave,
    ReadChat,
    Converse,
    ModerateChat,
    ReadAudit,
    /// Listing, downloading and searching documents.
    ReadDocuments,
    ChangeDocuments,
    /// See and set the bot's own model server.
    ManageProvider,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// The least role that may; `None`: no role does.
    pub role: Option<Role>,
    /// An administrator of the bot's tenant may without a role.
    pub admin: bool,
    /// It stays possible for owners while the bot is suspended. (What admins may, they may then too.)
    pub while_suspended: bool,
}

const fn needs(role: Role) -> Needs {
    Needs {
        role: Some(role),
        admin: false,
        while_suspended: false,
    }
}

impl Needs {
    const fn or_admin(self) -> Self {
        Self { admin: true, ..self }
    }

    const fn even_suspended(self) -> Self {
        Self {
            while_suspended: true,
            ..self
        }
    }
}

pub const fn needs_of(action: Action) -> Needs {
    match action {
        Action::ReadBot => needs(Role::Viewer).or_admin().even_suspended(),
        Action::ChangeBot => needs(Role::Editor),
        Action::DeleteBot => needs(Role::Owner).or_admin().even_suspended(),
        Action::TransferBot => needs(Role::Owner).or_admin(),
        Action::SuspendBot => Needs {
            role: None,
            admin: true,
            while_suspended: true,
        },
        Action::ListCollaborators => needs(Role::Viewer).or_admin(),
        Action::Share => needs(Role::Owner).or_admin(),
        Action::Leave => needs(Role::Viewer),
        Action::ReadChat => needs(Role::Viewer),
        Action::Converse => needs(Role::Viewer),
        Action::ModerateChat => needs(Role::Editor),
        Action::ReadAudit => needs(Role::Owner).or_admin(),
        Action::ReadDocuments => needs(Role::Viewer),
        Action::ChangeDocuments => needs(Role::Editor),
        Action::ManageProvider => needs(Role::Owner),
    }
}
