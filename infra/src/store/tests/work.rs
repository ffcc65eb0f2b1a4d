//! The work on documents, step by step: whose turn it is, what counts as an attempt, and that much text goes bit by bit.

use domain::Caller;
use domain::access::{Expiry, Role, Target};
use domain::chat::Visibility;
use domain::document::{
    ATTEMPTS, Assignment, Clearing, Document, DocumentRows, DocumentStatus, Documents, Job, JobRows, Quota,
    Stage as Step, Task, Work,
};
use domain::ids::{DocumentId, JobId};
use domain::store::{Store, Tx};
use tempfile::TempDir;

use super::documents::{access, document, pieces};
use super::stage::{Stage, stage};
use crate::blobs::Blobs;
use crate::maintenance::{Retention, prune};
use crate::passages::Passages;
use crate::retrieval::Retrieval;
use crate::store::*;

impl Stage {
    fn work(&self) -> Work {
        Work::new(Arc::new(self.store.clone()), super::NODE)
    }

    async fn documents(&self, dir: &TempDir) -> Documents {
        let blobs = Blobs::local(&dir.path().join("blobs")).unwrap();
        let retrieval = Retrieval::open(&dir.path().join("index")).await.unwrap();
        let index = Passages::new(retrieval, self.store.clone());
        let quota = Quota {
            files: 9,
            bytes: 9_999,
        };
        let store: Arc<dyn Store> = Arc::new(self.store.clone());
        Documents::new(store, Arc::new(blobs), Arc::new(index), quota)
    }

    /// With a job to read it.
    async fn uploaded(&self, who: &Caller, sha256: &str, text: usize) -> Document {
        let mut tx = self.store.begin_write().await.unwrap();
        let here = access(&mut tx, self, self.bot).await;
        let uploaded_by = who.user_id;
        let one = Document {
            uploaded_by,
            ..document(self, &tx, sha256)
        };
        tx.insert_document(&here, &one).await.unwrap();
        tx.insert_chunks(&here, one.id, 0, &pieces(text)).await.unwrap();
        let task = Task::ReadDocument(one.id);
        tx.insert_job(JobId::new(), self.bot, task).await.unwrap();
        Box::new(tx).commit().await.unwrap();
        one
    }

    async fn run(&self, sql: &str) {
        let mut tx = self.store.begin_write().await.unwrap();
        tx.run(sql, []).await.unwrap();
        Box::new(tx).commit().await.unwrap();
    }

    /// As if it had rested long enough.
    async fn rested(&self) {
        self.run("UPDATE jobs SET run_after = created_at").await;
    }

    async fn seen(&self, id: DocumentId) -> Document {
        let mut tx = self.store.begin_read().await.unwrap();
        tx.find_document(id).await.unwrap().unwrap()
    }
}

async fn claim(work: &Work) -> (Job, Document) {
    let Assignment { job, document } = work.claim().await.unwrap().unwrap();
    (job, document.unwrap())
}

#[tokio::test]
async fn who_has_the_fewest_in_work_comes_next() {
    let stage = stage().await;
    let mut anns = Vec::new();
    for sha256 in ["a", "b", "c"] {
        anns.push(stage.uploaded(&stage.ann, sha256, 0).await.id);
    }
    let bobs = stage.uploaded(&stage.bob, "d", 0).await.id;
    let work = stage.work();
    let mut order = Vec::new();
    for _ in 0..4 {
        order.push(claim(&work).await.1.id);
    }
    assert_eq!(order, [anns[0], bobs, anns[1], anns[2]]);
    assert!(work.claim().await.unwrap().is_none());
}

#[tokio::test]
async fn trouble_of_the_moment_is_no_attempt() {
    let stage = stage().await;
    let one = stage.uploaded(&stage.ann, "a", 0).await.id;
    let work = stage.work();
    for _ in 0..=ATTEMPTS {
        let (job, _) = claim(&work).await;
        assert_eq!(job.attempts, 1);
        work.put_off(&job).await.unwrap();
        assert!(work.claim().await.unwrap().is_none(), "it rests");
        stage.rested().await;
    }
    let (job, _) = claim(&work).await;
    work.put_back(&job).await.unwrap();
    let (job, _) = claim(&work).await;
    assert_eq!(job.attempts, 1, "and neither is a stop");
    assert_eq!(stage.seen(one).await.status, DocumentStatus::Processing);
}

#[tokio::test]
async fn a_reader_that_dies_again_and_again_ends_the_work() {
    let stage = stage().await;
    let one = stage.uploaded(&stage.ann, "a", 3).await.id;
    let work = stage.work();
    for attempt in 1..=ATTEMPTS {
        let (job, _) = claim(&work).await;
        assert_eq!(job.attempts, attempt);
        work.retry(&job).await.unwrap();
        stage.rested().await;
    }
    assert!(work.claim().await.unwrap().is_none());
    assert_given_up(&stage, one).await;
}

#[tokio::test]
async fn a_file_that_kills_the_server_ends_too_and_leaves_nothing() {
    let stage = stage().await;
    let one = stage.uploaded(&stage.ann, "a", 3).await.id;
    stage.run("UPDATE jobs SET attempts = 5").await;
    let next = stage.uploaded(&stage.ann, "b", 0).await.id;
    let work = stage.work();
    assert_eq!(claim(&work).await.1.id, next, "the next one is not kept waiting");
    assert_given_up(&stage, one).await;
}

async fn assert_given_up(stage: &Stage, id: DocumentId) {
    let seen = stage.seen(id).await;
    assert_eq!(
        (seen.status, seen.stage, seen.chunks),
        (DocumentStatus::Failed, None, 0)
    );
    assert!(seen.error.is_some());
    assert_eq!(stage.count("chunks").await, 0);
    assert_eq!(stage.count("document_changes WHERE dropped = true").await, 1);
    assert_eq!(stage.count("jobs WHERE attempts > 1").await, 0);
}

#[tokio::test]
async fn much_text_goes_bit_by_bit() {
    let stage = stage().await;
    let dir = TempDir::new().unwrap();
    let one = stage.uploaded(&stage.ann, "a", 20_000).await.id;
    let removed = stage.documents(&dir).await.delete(&stage.ann, one).await.unwrap();
    assert_eq!(removed.chunks_removed, 20_000);
    assert_eq!(stage.count("documents").await, 0);
    let left = stage.count("chunks").await;
    assert!(left == 0, "{left} pieces are more than a request removes");

    let two = stage.uploaded(&stage.ann, "a", 22_500).await.id;
    let removed = stage.documents(&dir).await.delete(&stage.ann, two).await.unwrap();
    assert_eq!(removed.chunks_removed, 22_500);
    assert_eq!(stage.count("chunks").await, 2_500, "the rest is the job's");
    let work = stage.work();
    // The first deletion was whole, but only a look after it could tell.
    loop {
        let Assignment { job, .. } = work.claim().await.unwrap().unwrap();
        assert!(matches!(job.task, Task::ClearDocument(_)));
        let last = job.task == Task::ClearDocument(two);
        while work.clear(&job).await.unwrap() == Clearing::More {}
        assert_eq!(work.clear(&job).await.unwrap(), Clearing::Gone);
        work.done(&job).await.unwrap();
        assert_eq!(work.clear(&job).await.unwrap(), Clearing::Lost);
        if last {
            break;
        }
    }
    assert_eq!(stage.count("chunks").await, 0);
}

#[tokio::test]
async fn what_a_cancelled_reading_left_does_not_take_the_next_ones_text() {
    let stage = stage().await;
    let dir = TempDir::new().unwrap();
    let one = stage.uploaded(&stage.ann, "a", 1_500).await.id;
    let documents = stage.documents(&dir).await;
    documents.cancel(&stage.ann, one).await.unwrap();
    assert_eq!(stage.count("chunks").await, 500);
    let work = stage.work();
    let old = work.claim().await.unwrap().unwrap().job;
    assert_eq!(old.task, Task::ClearDocument(one));
    documents.reprocess(&stage.ann, one).await.unwrap();
    assert_eq!(work.clear(&old).await.unwrap(), Clearing::Lost);

    let (job, _) = claim(&work).await;
    assert!(work.enter(&job, Step::Storing, 0.7, None).await.unwrap());
    assert_eq!(work.clear(&job).await.unwrap(), Clearing::Empty);
    assert!(work.store(&job, 0, &pieces(7)).await.unwrap());
    work.complete(&job, 7, 70).await.unwrap();
    assert_eq!(stage.count("chunks").await, 7);
    assert_eq!(stage.seen(one).await.text_bytes, 70);
}

#[tokio::test]
async fn progress_is_told_of_the_present_stage_alone() {
    let stage = stage().await;
    let one = stage.uploaded(&stage.ann, "a", 0).await.id;
    let work = stage.work();
    let (job, _) = claim(&work).await;
    let mut told = Vec::new();
    let mut tick = async |step| {
        let tell = |document: &Document| told.push((step, document.stage));
        work.tick(&job, step, tell).await.unwrap();
    };
    tick(Step::Extracting).await;
    assert!(work.enter(&job, Step::Storing, 0.7, None).await.unwrap());
    tick(Step::Extracting).await;
    tick(Step::Storing).await;
    let dir = TempDir::new().unwrap();
    let documents = stage.documents(&dir).await;
    documents.cancel(&stage.ann, one).await.unwrap();
    tick(Step::Storing).await;
    assert_eq!(
        told,
        [Step::Extracting, Step::Storing].map(|step| (step, Some(step)))
    );
}

#[tokio::test]
async fn who_may_not_read_it_any_more_is_not_told_of_its_end() {
    let stage = stage().await;
    let work = stage.work();
    let mut told = Vec::new();
    for (sha256, role) in [("a", true), ("b", false), ("c", true)] {
        let target = Target::Id(stage.bob.user_id);
        if role {
            let grant = stage
                .sharing
                .grant(&stage.ann, stage.bot, &target, Role::Editor, Expiry::Never);
            grant.await.unwrap();
        } else {
            let revoked = stage.sharing.revoke(&stage.ann, stage.bot, stage.bob.user_id);
            revoked.await.unwrap();
        }
        stage.uploaded(&stage.bob, sha256, 0).await;
        if sha256 == "c" {
            stage.run("UPDATE bots SET suspended = true").await;
        }
        let (job, _) = claim(&work).await;
        work.fail(&job, "It is empty.").await.unwrap();
        told.push(stage.count("notifications WHERE kind = 'document'").await);
    }
    assert_eq!(told, [1, 1, 1]);
}

#[tokio::test]
async fn deleting_a_bot_leaves_only_work_to_do() {
    let stage = stage().await;
    let session = stage.session(&stage.ann, Visibility::Shared).await;
    let message = stage.post(&stage.ann, session, "one").await.message;
    let mut tx = stage.store.begin_write().await.unwrap();
    let here = access(&mut tx, &stage, stage.bot).await;
    let one = document(&stage, &tx, "aa");
    tx.insert_document(&here, &one).await.unwrap();
    tx.insert_job(JobId::new(), stage.bot, Task::ReadDocument(one.id))
        .await
        .unwrap();
    tx.insert_chunks(&here, one.id, 0, &pieces(3)).await.unwrap();
    tx.insert_citations(&here, message.id, &[one.id]).await.unwrap();
    super::answers::ask(&mut tx, &here, session, &stage.ann).await;
    super::answers::own_provider(&mut tx, &here).await;
    Box::new(tx).commit().await.unwrap();

    stage.bots.delete(&stage.ann, stage.bot).await.unwrap();
    for table in [
        "documents",
        "chunks",
        "citations",
        "answers",
        "providers",
        "messages",
        "jobs WHERE task = 'read_document'",
        "document_changes WHERE dropped = false",
    ] {
        assert_eq!(stage.count(table).await, 0, "{table}");
    }
    assert_eq!(stage.count("jobs WHERE task = 'clear_document'").await, 1);
    assert_eq!(stage.count("document_changes").await, 1);
    let soon = Retention {
        ended_streams: Duration::ZERO,
        ..Retention::default()
    };
    prune(&stage.store, &soon).await.unwrap();
    assert_eq!(stage.count("bots").await, 0);
    assert_eq!(stage.count("jobs").await, 1);
}
