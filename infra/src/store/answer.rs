//! Answers that are not finished. Their `num` is the order in which they were asked for, over all bots.

use async_trait::async_trait;
use domain::Result;
use domain::access::Access;
use domain::chat::{Answer, AnswerRows, Lease, Texts};
use domain::ids::{BotId, MessageId, NodeId, SessionId, UserId};
use sea_orm::prelude::{DateTimeUtc, Uuid};
use sea_orm::{FromQueryResult, Value};

use super::columns::{answer_status, answer_status_text};
use super::hold::Hold;
use super::rows::Count;
use super::tx::SqlTx;

/// The heads of the sessions' queues, as far as they are not running, each with its place among those of the same person: one
/// person gets no more of them at once than may run beside those that do already.
const DUE: &str = "SELECT a.* FROM (
        SELECT h.*, ROW_NUMBER() OVER (PARTITION BY h.asked_by ORDER BY h.num) AS place FROM answers h
        WHERE h.status = 'queued'
            AND NOT EXISTS (SELECT 1 FROM answers b WHERE b.session_id = h.session_id AND b.num < h.num)
    ) a
    WHERE a.place + (SELECT COUNT(*) FROM answers r WHERE r.asked_by = a.asked_by AND r.status = 'running') <= $1
    ORDER BY a.num LIMIT $2";

/// Everything but the text.
const HEADS: &str = "num, message_id, bot_id, session_id, question_id, asked_by, status, '' AS content,
    regenerates, private_to, holder, leased_until, is_stopped, created_at";

#[derive(FromQueryResult)]
struct AnswerRow {
    message_id: Uuid,
    bot_id: Uuid,
    session_id: Uuid,
    question_id: Uuid,
    asked_by: Uuid,
    status: String,
    content: String,
    regenerates: Option<Uuid>,
    private_to: Option<Uuid>,
    holder: Option<Uuid>,
    leased_until: Option<DateTimeUtc>,
    is_stopped: bool,
}

impl AnswerRow {
    fn into_domain(self) -> Result<Answer> {
        Ok(Answer {
            message_id: MessageId(self.message_id),
            bot_id: BotId(self.bot_id),
            session_id: SessionId(self.session_id),
            question_id: MessageId(self.question_id),
            asked_by: UserId(self.asked_by),
            status: answer_status(&self.status)?,
            content: self.content,
            regenerates: self.regenerates.map(MessageId),
            private_to: self.private_to.map(UserId),
            lease: self.holder.zip(self.leased_until).map(|(node, until)| Lease {
                node: NodeId(node),
                until: until.into(),
            }),
            is_stopped: self.is_stopped,
        })
    }
}

fn bound(limit: u64) -> Value {
    i64::try_from(limit).unwrap_or(i64::MAX).into()
}

impl SqlTx {
    async fn answers_of(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<Answer>> {
        let rows: Vec<AnswerRow> = self.all(sql, values).await?;
        rows.into_iter().map(AnswerRow::into_domain).collect()
    }
}

#[async_trait]
impl AnswerRows for SqlTx {
    async fn find_answer(&mut self, id: MessageId) -> Result<Option<Answer>> {
        self.hold(&[Hold::BotOfAnswer(id)]).await?;
        let sql = "SELECT * FROM answers WHERE message_id = $1";
        Ok(self.answers_of(sql, [id.0.into()]).await?.pop())
    }

    async fn insert_answer(&mut self, access: &Access, answer: &Answer) -> Result<()> {
        let sql =
            "INSERT INTO answers (message_id, bot_id, session_id, question_id, asked_by, status, content,
                regenerates, private_to, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let values = [
            answer.message_id.0.into(),
            access.bot_id().0.into(),
            answer.session_id.0.into(),
            answer.question_id.0.into(),
            answer.asked_by.0.into(),
            answer_status_text(answer.status).into(),
            answer.content.as_str().into(),
            answer.regenerates.map(|id| id.0).into(),
            answer.private_to.map(|id| id.0).into(),
            self.at().into(),
        ];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn count_answers_for(&mut self, asker: UserId) -> Result<u64> {
        let sql = "SELECT COUNT(*) AS count FROM answers WHERE asked_by = $1";
        let row: Option<Count> = self.one(sql, [asker.0.into()]).await?;
        Ok(row.map_or(0, Count::get))
    }

    async fn answers(&mut self, access: &Access, reader: UserId) -> Result<Vec<Answer>> {
        let sql = "SELECT * FROM answers WHERE bot_id = $1 AND (private_to IS NULL OR private_to = $2) ORDER BY num";
        self.answers_of(sql, [access.bot_id().0.into(), reader.0.into()])
            .await
    }

    async fn unfinished(&mut self, limit: u64) -> Result<Vec<Answer>> {
        let sql = format!("SELECT {HEADS} FROM answers ORDER BY num LIMIT $1");
        self.answers_of(&sql, [bound(limit)]).await
    }

    async fn unfinished_on(&mut self, bot: BotId, texts: Texts) -> Result<Vec<Answer>> {
        let columns = match texts {
            Texts::With => "*",
            Texts::Without => HEADS,
        };
        let sql = format!("SELECT {columns} FROM answers WHERE bot_id = $1 ORDER BY num");
        self.answers_of(&sql, [bot.0.into()]).await
    }

    async fn written_by(&mut self, node: NodeId, limit: u64) -> Result<Vec<Answer>> {
        let sql = "SELECT * FROM answers WHERE holder = $1 ORDER BY num LIMIT $2";
        self.answers_of(sql, [node.0.into(), bound(limit)]).await
    }

    async fn due_answers(&mut self, per_user: u64, limit: u64) -> Result<Vec<Answer>> {
        self.hold(&[Hold::DueAnswers]).await?;
        self.answers_of(DUE, [bound(per_user), bound(limit)]).await
    }

    async fn start_answer(&mut self, id: MessageId, lease: Lease) -> Result<bool> {
        let sql = "UPDATE answers SET status = 'running', holder = $2, leased_until = $3
            WHERE message_id = $1 AND status = 'queued'";
        let values = [id.0.into(), lease.node.0.into(), lease.until.into_inner().into()];
        Ok(self.run(sql, values).await? > 0)
    }

    async fn stop_answer(&mut self, id: MessageId) -> Result<()> {
        let sql = "UPDATE answers SET is_stopped = TRUE WHERE message_id = $1";
        self.run(sql, [id.0.into()]).await?;
        Ok(())
    }

    async fn flush_answer(&mut self, id: MessageId, content: &str, lease: Lease) -> Result<()> {
        let sql = "UPDATE answers SET content = $2, leased_until = $4 WHERE message_id = $1 AND holder = $3";
        let values = [
            id.0.into(),
            content.into(),
            lease.node.0.into(),
            lease.until.into_inner().into(),
        ];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn delete_answer(&mut self, id: MessageId) -> Result<bool> {
        let sql = "DELETE FROM answers WHERE message_id = $1";
        Ok(self.run(sql, [id.0.into()]).await? == 1)
    }
}
