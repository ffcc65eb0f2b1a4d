//! Places for files on their way in: some for the whole node, a few for each person, waited for a while. What lies in the
//! folder of arrivals is so bounded, whoever sends: rights are judged when the file is whole, since what is wrong with it is
//! said first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ids::UserId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Files that one person may have on their way at once.
const PER_PERSON: usize = 4;

pub struct Places {
    node: Arc<Semaphore>,
    people: Mutex<HashMap<UserId, Arc<Semaphore>>>,
}

/// A place, until it is dropped.
pub struct Place {
    places: Arc<Places>,
    person: UserId,
    /// Taken in this order, so that nobody who waits for their own keeps one of the node's.
    held: Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)>,
}

impl Places {
    pub fn new(node: usize) -> Self {
        Self {
            node: Arc::new(Semaphore::new(node)),
            people: Mutex::default(),
        }
    }

    /// `None`: none became free in this time.
    pub async fn take(self: &Arc<Self>, person: UserId, patience: Duration) -> Option<Place> {
        let mut place = Place {
            places: self.clone(),
            person,
            held: None,
        };
        let own = self.lock().entry(person).or_insert_with(own_places).clone();
        let both = async {
            let own = own.acquire_owned().await.ok()?;
            Some((own, self.node.clone().acquire_owned().await.ok()?))
        };
        place.held = Some(timeout(patience, both).await.ok()??);
        Some(place)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Arc<Semaphore>>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn own_places() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(PER_PERSON))
}

impl Drop for Place {
    fn drop(&mut self) {
        self.held = None;
        let mut people = self.places.lock();
        // Nobody else holds or waits for one: permits and waiters have a share each.
        if people
            .get(&self.person)
            .is_some_and(|own| Arc::strong_count(own) == 1)
        {
            people.remove(&self.person);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_person_cannot_take_them_all_and_all_of_them_come_back() {
        let places = Arc::new(Places::new(6));
        let (ann, bob) = (UserId::new(), UserId::new());
        let now = |person| places.take(person, Duration::ZERO);
        let mut held = Vec::new();
        for person in [ann, ann, ann, ann, bob, bob] {
            held.push(now(person).await.expect("a free place"));
        }
        assert!(now(ann).await.is_none(), "one above");
        assert!(now(bob).await.is_none(), "the node is full");
        let waiting = tokio::spawn({
            let places = places.clone();
            async move { places.take(ann, Duration::from_secs(60)).await.is_some() }
        });
        tokio::task::yield_now().await;
        held.remove(0);
        assert!(waiting.await.expect("an end"), "who waits gets it");
        drop(held);
        assert!(places.lock().is_empty());
        assert_eq!(places.node.available_permits(), 6);
    }
}
