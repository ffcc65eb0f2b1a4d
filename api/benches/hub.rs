//! What a broadcast costs before the network: encoding an event, handing it to the queues of 1 to 10,000 members, and looking
//! over them for the one who may see it. `cargo bench -p api --features probe`

#![allow(clippy::unwrap_used)]

use std::hint::black_box;

use api::realtime::probe::{Probe, To};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const MEMBERS: [usize; 4] = [1, 100, 1_000, 10_000];

fn encoding(criterion: &mut Criterion) {
    let message = Probe::new(1).message(To::Everyone);
    criterion.bench_function("encode an event", |bencher| {
        bencher.iter(|| Probe::encode(black_box(&message)));
    });
}

fn publishing(criterion: &mut Criterion) {
    for (name, to, together) in [
        ("publish to all", To::Everyone, 1),
        ("publish 8 together to all", To::Everyone, 8),
        ("publish to one among", To::One, 1),
    ] {
        let mut group = criterion.benchmark_group(name);
        for members in MEMBERS {
            let probe = std::cell::RefCell::new(Probe::new(members));
            group.throughput(Throughput::Elements((members * together) as u64));
            group.bench_function(BenchmarkId::from_parameter(members), |bencher| {
                bencher.iter_batched(
                    || {
                        let messages = (0..together).map(|_| probe.borrow_mut().message(to));
                        messages.collect::<Vec<_>>()
                    },
                    |messages| probe.borrow().publish(messages),
                    // One after the other: numbers have an order.
                    BatchSize::PerIteration,
                );
            });
        }
        group.finish();
    }
}

criterion_group!(benches, encoding, publishing);
criterion_main!(benches);
