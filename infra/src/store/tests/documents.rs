//! Documents, their pieces and the log: the same bytes once, numbers without holes, and nothing left behind.

use domain::access::{Access, Action, authorize};
use domain::chat::{ChatRows, Visibility};
use domain::document::{
    ChunkDraft, Document, DocumentRows, DocumentStatus, Kind, Place, Stage as Step, Stored,
};
use domain::events::EventRows;
use domain::ids::{BotId, DocumentId, UserId};
use domain::page::Page;
use domain::store::Tx;
use domain::{Conflict, Error};

use super::stage::{PAGE, Stage, new_bot, stage};
use crate::blobs::Blobs;
use crate::maintenance::{Retention, prune};
use crate::retrieval::{IndexedChunk, Source};
use crate::store::*;

pub(super) async fn access(tx: &mut SqlTx, stage: &Stage, bot: BotId) -> Access {
    authorize(tx, &stage.ann, bot, Action::ChangeDocuments)
        .await
        .unwrap()
}

pub(super) fn document(stage: &Stage, tx: &SqlTx, sha256: &str) -> Document {
    Document {
        id: DocumentId::new(),
        bot_id: stage.bot,
        filename: "Fähre.pdf".into(),
        kind: Kind::Pdf,
        size: 1_000,
        sha256: sha256.into(),
        status: DocumentStatus::Queued,
        stage: None,
        progress: 0.0,
        error: None,
        chunks: 0,
        text_bytes: 0,
        pages: None,
        uploaded_by: stage.ann.user_id,
        created_at: tx.now(),
    }
}

pub(super) fn pieces(count: usize) -> Vec<ChunkDraft> {
    (0..count)
        .map(|n| ChunkDraft {
            page: u32::try_from(n).ok().filter(|n| n % 2 == 0),
            heading: format!("heading {n}"),
            text: format!("text {n}"),
        })
        .collect()
}

impl Stage {
    async fn other_bot(&self) -> BotId {
        let made = self.bots.create(&self.ann, new_bot("other"), None).await;
        made.unwrap().value.id
    }
}

#[tokio::test]
async fn the_same_bytes_are_in_a_bot_once() {
    let stage = stage().await;
    let elsewhere = stage.other_bot().await;
    let mut tx = stage.store.begin_write().await.unwrap();
    let here = access(&mut tx, &stage, stage.bot).await;
    let there = access(&mut tx, &stage, elsewhere).await;
    let mut first = document(&stage, &tx, "aa");
    tx.insert_document(&here, &first).await.unwrap();
    let second = document(&stage, &tx, "aa");
    let refused = tx.insert_document(&here, &second).await;
    assert!(
        matches!(refused, Err(Error::Conflict(Conflict::DocumentExists(id))) if id == first.id),
        "{refused:?}"
    );
    assert_eq!(tx.same_bytes(&here, "aa").await.unwrap(), Some(first.id));
    assert_eq!(tx.same_bytes(&there, "aa").await.unwrap(), None);
    let third = Document {
        bot_id: elsewhere,
        ..document(&stage, &tx, "aa")
    };
    tx.insert_document(&there, &third).await.unwrap();

    first.status = DocumentStatus::Failed;
    first.text_bytes = 1_001;
    tx.update_document(&here, &first).await.unwrap();
    tx.insert_document(&here, &second).await.unwrap();
    let stored = Stored {
        files: 3,
        bytes: 3_001,
    };
    assert_eq!(tx.stored_by(stage.ann.user_id).await.unwrap(), stored);
    assert_eq!(tx.stored_by(stage.bob.user_id).await.unwrap(), Stored::default());
    Box::new(tx).commit().await.unwrap();
    assert_eq!(stage.bots.get(&stage.ann, stage.bot).await.unwrap().size, 2_000);

    let mut tx = stage.store.begin_write().await.unwrap();
    let here = access(&mut tx, &stage, stage.bot).await;
    first.status = DocumentStatus::Queued;
    let raced = tx.update_document(&here, &first).await;
    assert!(
        matches!(raced, Err(Error::Overtaken)),
        "who lost a race sees why at the next try"
    );
}

#[tokio::test]
async fn a_row_comes_back_as_it_went_and_is_its_bots_alone() {
    let stage = stage().await;
    let elsewhere = stage.other_bot().await;
    let mut tx = stage.store.begin_write().await.unwrap();
    let here = access(&mut tx, &stage, stage.bot).await;
    let there = access(&mut tx, &stage, elsewhere).await;
    let mut one = document(&stage, &tx, "aa");
    let two = document(&stage, &tx, "bb");
    tx.insert_document(&here, &one).await.unwrap();
    tx.insert_document(&here, &two).await.unwrap();
    one.status = DocumentStatus::Processing;
    one.stage = Some(Step::Storing);
    one.progress = 0.25;
    one.error = Some("not really".into());
    one.chunks = 3;
    one.text_bytes = 500;
    one.pages = Some(7);
    tx.update_document(
        &there,
        &Document {
            chunks: 99,
            ..one.clone()
        },
    )
    .await
    .unwrap();
    assert_eq!(tx.find_document(one.id).await.unwrap().unwrap().chunks, 0);
    tx.update_document(&here, &one).await.unwrap();
    assert_eq!(tx.find_document(one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(tx.find_document(DocumentId::new()).await.unwrap(), None);

    assert_eq!(
        tx.documents(&here, PAGE).await.unwrap(),
        [two.clone(), one.clone()]
    );
    let page = Page {
        limit: 1,
        after: Some(domain::page::Cursor(two.id.0.as_u128())),
    };
    assert_eq!(
        tx.documents(&here, page).await.unwrap(),
        std::slice::from_ref(&one)
    );
    assert_eq!(tx.documents(&there, PAGE).await.unwrap(), []);
    assert_eq!(tx.document_ids(&here).await.unwrap(), [one.id, two.id]);
    assert_eq!(tx.delete_document(&there, one.id).await.unwrap(), 0);
    assert!(tx.find_document(one.id).await.unwrap().is_some());
}

#[tokio::test]
async fn pieces_are_found_by_their_places_once_the_document_is_ready() {
    let stage = stage().await;
    let elsewhere = stage.other_bot().await;
    let mut tx = stage.store.begin_write().await.unwrap();
    let here = access(&mut tx, &stage, stage.bot).await;
    let there = access(&mut tx, &stage, elsewhere).await;
    let mut one = document(&stage, &tx, "aa");
    tx.insert_document(&here, &one).await.unwrap();
    tx.insert_chunks(&here, one.id, 0, &pieces(1_201)).await.unwrap();
    tx.insert_chunks(&here, one.id, 1_201, &pieces(1)).await.unwrap();
    assert!(tx.insert_chunks(&there, one.id, 2_000, &pieces(1)).await.is_err());
    let places: Vec<_> = [0, 600, 1_201, 1_202]
        .map(|n| Place {
            document_id: one.id,
            n,
        })
        .into();
    assert_eq!(tx.passages(&here, &places).await.unwrap(), []);
    one.status = DocumentStatus::Processed;
    tx.update_document(&here, &one).await.unwrap();
    let mut found = tx.passages(&here, &places).await.unwrap();
    found.sort_by_key(|passage| passage.chunk);
    let told: Vec<_> = found
        .iter()
        .map(|passage| (passage.chunk, passage.page, passage.text.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (0, Some(0), "text 0"),
            (600, Some(600), "text 600"),
            (1_201, Some(0), "text 0")
        ]
    );
    assert_eq!(
        (
            found[0].filename.as_str(),
            found[0].heading.as_str(),
            found[0].score
        ),
        ("Fähre.pdf", "heading 0", 0.0)
    );
    assert_eq!(tx.passages(&there, &places).await.unwrap(), []);
    assert_eq!(tx.passages(&here, &[]).await.unwrap(), []);
    assert_eq!(tx.delete_document(&here, one.id).await.unwrap(), 1_202);
    assert_eq!(tx.passages(&here, &places).await.unwrap(), []);
    for (bot, removed) in [
        (elsewhere, 0),
        (stage.bot, 1_000),
        (stage.bot, 202),
        (stage.bot, 0),
    ] {
        assert_eq!(tx.delete_chunks(bot, one.id, 1_000).await.unwrap(), removed);
    }
}

#[tokio::test]
async fn citations_go_with_their_message_and_with_their_document() {
    let stage = stage().await;
    let session = stage.session(&stage.ann, Visibility::Shared).await;
    let first = stage.post(&stage.ann, session, "one").await.message;
    let second = stage.post(&stage.ann, session, "two").await.message;
    let alone = stage.session(&stage.ann, Visibility::Private).await;
    let third = stage.post(&stage.ann, alone, "three").await.message;
    let ann = stage.ann.user_id;
    let mut tx = stage.store.begin_write().await.unwrap();
    let here = access(&mut tx, &stage, stage.bot).await;
    let (one, two) = (document(&stage, &tx, "aa"), document(&stage, &tx, "bb"));
    for document in [&one, &two] {
        tx.insert_document(&here, document).await.unwrap();
        for message in [first.id, second.id] {
            let cited = [document.id, DocumentId::new()];
            tx.insert_citations(&here, message, &cited).await.unwrap();
        }
    }
    tx.insert_citations(&here, first.id, &[]).await.unwrap();
    assert_eq!(tx.count_citing(&here, one.id, UserId::new()).await.unwrap(), 2);
    tx.insert_citations(&here, third.id, &[one.id]).await.unwrap();
    assert_eq!(
        tx.count_citing(&here, one.id, UserId::new()).await.unwrap(),
        2,
        "a private one is nobody else's matter"
    );
    tx.delete_message(&here, &third).await.unwrap();
    assert_eq!(tx.count_citing(&here, one.id, ann).await.unwrap(), 2);
    tx.delete_document(&here, one.id).await.unwrap();
    tx.delete_message(&here, &first).await.unwrap();
    assert_eq!(tx.count_citing(&here, one.id, ann).await.unwrap(), 0);
    assert_eq!(tx.count_citing(&here, two.id, ann).await.unwrap(), 1);
    tx.delete_session(&here, session).await.unwrap();
    Box::new(tx).commit().await.unwrap();
    assert_eq!(stage.count("citations").await, 0);
    assert_eq!(stage.count("documents").await, 1);
}

#[tokio::test]
async fn the_log_counts_without_holes_and_keeps_the_latest_of_each() {
    let stage = stage().await;
    let (one, two) = (DocumentId::new(), DocumentId::new());
    for (id, kept) in [(one, true), (two, false), (two, true), (one, true)] {
        let mut tx = stage.store.begin_write().await.unwrap();
        let here = access(&mut tx, &stage, stage.bot).await;
        tx.log_document(&here, id, id == one).await.unwrap();
        if kept {
            Box::new(tx).commit().await.unwrap();
        }
    }
    assert_eq!(stage.count("document_changes").await, 2);
    assert_eq!(
        stage
            .count("document_changes WHERE seq = 2 AND dropped = false")
            .await,
        1
    );
    assert_eq!(
        stage
            .count("document_changes WHERE seq = 3 AND dropped = true")
            .await,
        1
    );
    assert_eq!(stage.count("installation WHERE document_seq = 3").await, 1);
}

#[tokio::test]
async fn old_removals_are_forgotten_and_the_floor_says_so() {
    let stage = stage().await;
    let mut tx = stage.store.begin_write().await.unwrap();
    let here = access(&mut tx, &stage, stage.bot).await;
    for dropped in [true, false, true, true] {
        tx.log_document(&here, DocumentId::new(), dropped).await.unwrap();
    }
    let week_ago = tx.now().minus(Duration::from_secs(8 * 24 * 3600)).into_inner();
    tx.run(
        "UPDATE document_changes SET at = $1 WHERE seq <= 3",
        [week_ago.into()],
    )
    .await
    .unwrap();
    Box::new(tx).commit().await.unwrap();
    for expected in [2, 0] {
        let pruned = prune(&stage.store, &Retention::default()).await.unwrap();
        assert_eq!(pruned.dropped_documents, expected);
        assert_eq!(stage.count("document_changes WHERE seq IN (2, 4)").await, 2);
        assert_eq!(
            stage
                .count("installation WHERE document_floor = 3 AND document_seq = 4")
                .await,
            1
        );
    }
}

#[tokio::test]
async fn a_sweep_leaves_the_bytes_of_documents_alone() {
    let stage = stage().await;
    let dir = tempfile::TempDir::new().unwrap();
    let blobs = Blobs::local(&dir.path().join("blobs")).unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "bytes").unwrap();
    let mut tx = stage.store.begin_write().await.unwrap();
    let here = access(&mut tx, &stage, stage.bot).await;
    let one = document(&stage, &tx, "aa");
    tx.insert_document(&here, &one).await.unwrap();
    Box::new(tx).commit().await.unwrap();
    for id in [one.id, DocumentId::new()] {
        domain::document::BlobStore::put(&blobs, id, &file).await.unwrap();
    }
    assert_eq!(blobs.sweep(&stage.store, Duration::ZERO).await.unwrap(), 1);
    assert!(blobs.open(one.id).await.is_ok());
}

#[tokio::test]
async fn an_index_reads_the_log_and_the_pieces() {
    let stage = stage().await;
    let mut tx = stage.store.begin_write().await.unwrap();
    let here = access(&mut tx, &stage, stage.bot).await;
    let one = document(&stage, &tx, "aa");
    let gone = DocumentId::new();
    tx.insert_document(&here, &one).await.unwrap();
    tx.insert_chunks(&here, one.id, 0, &pieces(3)).await.unwrap();
    tx.log_document(&here, one.id, false).await.unwrap();
    tx.log_document(&here, gone, true).await.unwrap();
    tx.log_document(&here, one.id, false).await.unwrap();
    let epoch = tx.epoch().await.unwrap();
    Box::new(tx).commit().await.unwrap();

    let source: &dyn Source = &stage.store;
    let state = source.state().await.unwrap();
    assert_eq!(
        (state.epoch, state.head, state.floor),
        (epoch.0, 3, 0),
        "as the store counts"
    );
    let changes = source.changes(0, 10).await.unwrap();
    let told: Vec<_> = changes
        .iter()
        .map(|change| {
            (
                change.seq,
                change.document_id,
                change.filename.as_str(),
                change.dropped,
            )
        })
        .collect();
    assert_eq!(told, [(2, gone, "", true), (3, one.id, "Fähre.pdf", false)]);
    assert_eq!(changes[0].bot_id, stage.bot);
    assert_eq!(source.changes(0, 1).await.unwrap(), changes[..1]);
    assert_eq!(source.changes(2, 10).await.unwrap(), changes[1..]);
    let numbers = |chunks: Vec<IndexedChunk>| chunks.iter().map(|chunk| chunk.n).collect::<Vec<_>>();
    assert_eq!(numbers(source.chunks(one.id, -1, 2).await.unwrap()), [0, 1]);
    let rest = source.chunks(one.id, 1, 2).await.unwrap();
    assert_eq!(
        (rest[0].heading.as_str(), rest[0].text.as_str()),
        ("heading 2", "text 2")
    );
    assert_eq!(numbers(rest), [2]);
    assert!(source.chunks(gone, -1, 2).await.unwrap().is_empty());
}
