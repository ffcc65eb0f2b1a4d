use super::*;

struct Fixture {
    guard: LoginGuard,
    now: Arc<Mutex<Instant>>,
}

impl Fixture {
    fn new(limits: Limits) -> Self {
        let now = Arc::new(Mutex::new(Instant::now()));
        let clock = now.clone();
        let guard =
            LoginGuard::with_clock(&limits, b"key", move || *clock.lock().expect("no panic holds it"));
        Self { guard, now }
    }

    fn pass(&self, time: Duration) {
        *self.now.lock().expect("no panic holds it") += time;
    }

    fn fail(&self, name: &str, address: &str) -> Result<Duration, Duration> {
        let attempt = self.attempt(name, address)?;
        let delay = attempt.delay;
        let _ = attempt.failed();
        Ok(delay)
    }

    fn attempt(&self, name: &str, address: &str) -> Result<Attempt, Duration> {
        match self.guard.before(name, address.parse().expect("an address")) {
            Ok(attempt) => Ok(attempt),
            Err(Error::TooMany { retry_after }) => Err(retry_after),
            Err(other) => panic!("{other}"),
        }
    }
}

const HOME: &str = "192.0.2.1";
const AWAY: &str = "198.51.100.1";
const SECOND: Duration = Duration::from_secs(1);

fn roomy() -> Limits {
    Limits {
        login_failures_per_address: 1_000_000,
        login_failures_per_account: 1_000_000,
        ..Limits::default()
    }
}

#[test]
fn after_five_failures_the_wait_doubles_up_to_fifteen_minutes() {
    let f = Fixture::new(roomy());
    for _ in 0..5 {
        assert_eq!(f.fail("ann", HOME), Ok(Duration::ZERO));
    }
    for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        let wait = SECOND * expected;
        assert_eq!(f.fail("ann", HOME), Err(wait));
        f.pass(wait - Duration::from_millis(1));
        assert_eq!(f.fail("ann", HOME), Err(Duration::from_millis(1)));
        f.pass(Duration::from_millis(1));
        assert_eq!(f.fail("ann", HOME), Ok(Duration::ZERO));
    }
}

#[test]
fn the_wait_is_of_one_account_at_one_address() {
    let f = Fixture::new(roomy());
    for _ in 0..5 {
        let _ = f.fail("ann", HOME);
    }
    assert!(f.fail("ann", HOME).is_err());
    assert_eq!(f.fail("ann", AWAY), Ok(Duration::ZERO));
    assert_eq!(f.fail("bob", HOME), Ok(Duration::ZERO));
}

#[test]
fn success_forgives_the_pair_and_nothing_else() {
    let f = Fixture::new(Limits {
        login_failures_per_account: 6,
        ..roomy()
    });
    for _ in 0..4 {
        let _ = f.fail("ann", HOME);
    }
    let _ = f.attempt("ann", HOME).expect("the fifth is free").succeeded();
    assert_eq!(f.fail("ann", HOME), Ok(Duration::ZERO));
    assert_eq!(f.fail("ann", HOME), Ok(Duration::ZERO));
    assert_eq!(
        f.fail("ann", HOME),
        Ok(SECOND * 2),
        "six failures of the account are counted"
    );
}

#[test]
fn attempts_at_once_count_before_they_have_failed() {
    let f = Fixture::new(roomy());
    let begun: Vec<_> = (0..5)
        .map(|_| f.attempt("ann", HOME).expect("five are free"))
        .collect();
    assert_eq!(f.attempt("ann", HOME).err(), Some(BUSY));
    drop(begun);
    for _ in 0..5 {
        assert!(
            f.fail("ann", HOME).is_ok(),
            "what had no outcome counts for nothing"
        );
    }
    f.pass(SECOND);
    let one = f.attempt("ann", HOME).expect("the wait is over");
    assert_eq!(f.attempt("ann", HOME).err(), Some(BUSY), "one at a time now");
    drop(one);
}

#[test]
fn an_account_under_attack_is_slowed_down_and_never_locked() {
    let f = Fixture::new(Limits {
        login_failures_per_account: 50,
        login_failures: 1_000,
        ..roomy()
    });
    for n in 0..50 {
        assert_eq!(f.fail("ann", &format!("10.0.{n}.1")), Ok(Duration::ZERO));
    }
    let owner = f.attempt("ann", HOME).expect("is let in");
    assert_eq!(owner.delay, SECOND * 2);
    let _ = owner.succeeded();
    f.pass(HOUR);
    assert_eq!(f.fail("ann", HOME), Ok(Duration::ZERO));
}

#[test]
fn an_address_may_fail_twenty_times_a_minute() {
    let f = Fixture::new(Limits::default());
    for n in 0..20 {
        assert!(f.fail(&format!("user{n}"), HOME).is_ok());
    }
    f.pass(SECOND * 10);
    assert_eq!(f.fail("ann", HOME), Err(SECOND * 50));
    assert!(f.fail("ann", AWAY).is_ok());
    f.pass(SECOND * 50);
    assert!(f.fail("ann", HOME).is_ok());
}

#[test]
fn what_came_of_an_attempt_counts_on_all_nodes() {
    let (here, there) = (Fixture::new(roomy()), Fixture::new(roomy()));
    let told = |verdict: Verdict| {
        let letter = serde_json::to_string(&verdict).expect("it is JSON");
        assert!(!letter.contains("ann"), "{letter}");
        there
            .guard
            .hear(&serde_json::from_str(&letter).expect("it was JSON"));
    };
    for _ in 0..4 {
        told(here.attempt("ann", HOME).expect("five are free").failed());
    }
    told(here.attempt("ann", HOME).expect("the fifth is free").succeeded());
    for _ in 0..5 {
        told(here.attempt("ann", HOME).expect("all was forgiven").failed());
    }
    assert_eq!(here.fail("ann", HOME), Err(SECOND));
    assert_eq!(there.fail("ann", HOME), Err(SECOND));
    assert_eq!(there.fail("ann", AWAY), Ok(Duration::ZERO));
}

#[test]
fn memory_is_bounded() {
    let now = Instant::now();
    let mut table = HashMap::new();
    entry(&mut table, usize::MAX, now, HOUR).failures = 9;
    for key in 0..ENTRIES + 100 {
        entry(&mut table, key, now, HOUR);
    }
    assert_eq!(table.len(), ENTRIES);
    assert_eq!(
        table.get(&usize::MAX).map(|entry| entry.failures),
        Some(9),
        "the harmless go first"
    );
}
