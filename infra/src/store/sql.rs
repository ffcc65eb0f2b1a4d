//! Pieces of SQL that several statements are made of, put together when the program is compiled: a statement's text is always
//! the same, so each connection prepares it once. `$1` is always the person, `$2` the transaction's clock.

/// What a credential is checked by, as `IdentityRow` reads it.
macro_rules! identity {
    () => {
        "u.id AS user_id, u.tenant_id, u.username, u.email, u.role, u.platform_admin, u.disabled, u.created_at,
            t.suspended AS tenant_suspended, f.generation, f.rotated_at, f.expires_at, f.ended_at"
    };
}

/// Where it is: one row for each log-in of a living account.
macro_rules! log_ins {
    () => {
        "token_families f JOIN users u ON u.id = f.user_id AND u.deleted_at IS NULL
            JOIN tenants t ON t.id = u.tenant_id"
    };
}

/// A bot and the person's role on it, as `StandingRow` reads it.
macro_rules! standing {
    () => {
        "b.id AS bot_id, b.tenant_id AS bot_tenant_id, b.name AS bot_name, b.suspended AS bot_suspended,
            p.role AS bot_role"
    };
}

/// Joins the bot of that id, if it is alive, and the person's role on it, if it has not ended.
macro_rules! join_standing {
    ($bot:literal) => {
        concat!(
            "LEFT JOIN bots b ON b.id = ",
            $bot,
            " AND b.deleted_at IS NULL
            LEFT JOIN permissions p ON p.bot_id = b.id AND p.user_id = $1
                AND (p.expires_at IS NULL OR p.expires_at > $2)"
        )
    };
}

/// A session with the name of its creator, as `SessionRow` reads it.
macro_rules! session {
    () => {
        "s.id AS s_id, s.bot_id AS s_bot_id, s.title AS s_title, s.visibility AS s_visibility, s.status AS s_status,
            s.auto_reply AS s_auto_reply, s.created_by AS s_created_by, s.created_at AS s_created_at,
            s.updated_at AS s_updated_at, s.message_count AS s_message_count, s.bytes AS s_bytes,
            c.username AS s_username"
    };
}

/// A message, as its entity reads it.
macro_rules! message {
    () => {
        "m.num AS m_num, m.id AS m_id, m.session_id AS m_session_id, m.bot_id AS m_bot_id, m.user_id AS m_user_id,
            m.username AS m_username, m.role AS m_role, m.content AS m_content, m.metadata AS m_metadata,
            m.seq AS m_seq, m.created_at AS m_created_at, m.edited_at AS m_edited_at"
    };
}

pub(super) use {identity, join_standing, log_ins, message, session, standing};
