//! A run in which nothing is wrong, although much happens: readers come and go, one loses their role and gets it back, one loses
//! it for good, and a node dies. The judge must not say a word about it.

use std::path::Path;

use anyhow::Result;

use super::{Drive, Ended};
use crate::cluster::{Cluster, Layout};
use crate::faults::{Line, Proxy};
use crate::load::Size;
use crate::load::dice::Dice;

const SIZE: Size = Size {
    bots: 2,
    writers: 4,
    readers: 8,
};

/// Readers who write nothing, so that nobody's posts are refused: one loses the role for a while, the other for good.
const FOR_A_WHILE: usize = 6;
const FOR_GOOD: usize = 7;

/// # Errors
/// When a step does not work.
pub async fn run(binary: &Path, layout: &Layout, seed: u64) -> Result<Ended> {
    let mut cluster = Cluster::start(binary, layout).await?;
    let mut load = cluster.load(SIZE).await?;
    let mut proxies = Vec::new();
    for (n, address) in cluster.addresses().iter().enumerate() {
        let mut dice = Dice::new(seed + n as u64);
        proxies.push(Proxy::start(address.parse()?, move || Line::random(&mut dice)).await?);
    }
    // Every other reader goes straight to a node.
    load.doors.readers = proxies.iter().map(|proxy| proxy.address.clone()).collect();
    load.doors.readers.extend(cluster.addresses());
    let drive = Drive::begin(load, SIZE);
    drive.acknowledged(20).await?;
    drive.load.revoke(FOR_A_WHILE).await?;
    drive.load.revoke(FOR_GOOD).await?;
    drive.acknowledged(20).await?;
    drive.load.grant(FOR_A_WHILE).await?;
    drive.acknowledged(20).await?;
    let last = cluster.nodes.len() - 1;
    cluster.nodes[last].kill()?;
    cluster.nodes[last].restart().await?;
    drive.acknowledged(20).await?;
    for proxy in &proxies {
        proxy.heal();
    }
    drive.end(Vec::new()).await
}
