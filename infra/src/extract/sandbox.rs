//! What the process that reads a file takes from itself before it looks at the first byte: memory, time, files, the network,
//! other programs. Nothing here is specific to a kind of file.

use std::collections::BTreeMap;
use std::io;

use rlimit::Resource;

use super::limits::ExtractLimits;

/// Lowers the limits for good. Before any thread is started.
pub fn limit(limits: &ExtractLimits) -> io::Result<()> {
    // Memory that is written to, and not the address space: the mapped program alone may be larger than that limit.
    Resource::DATA.set(limits.memory, limits.memory)?;
    let cpu = limits.cpu.as_secs().max(1);
    // The soft limit ends the process by SIGXCPU; the hard one stands behind it.
    Resource::CPU.set(cpu, cpu + 1)?;
    Resource::FSIZE.set(0, 0)?;
    Resource::CORE.set(0, 0)?;
    // Enough for the three streams; files are not opened at all.
    Resource::NOFILE.set(16, 16)
}

/// Leaves only the calls that computing needs, for all threads; any other fails with EPERM. After the last thread was started.
/// False: this kernel or processor has no such filters.
pub fn confine() -> bool {
    filter().is_ok_and(|filter| seccompiler::apply_filter_all_threads(&filter).is_ok())
}

fn filter() -> Result<seccompiler::BpfProgram, seccompiler::BackendError> {
    use seccompiler::{
        SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    };
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    // A signal to itself is how a process aborts; to others there is none.
    let own = SeccompCondition::new(
        0,
        SeccompCmpArgLen::Dword,
        SeccompCmpOp::Eq,
        u64::from(std::process::id()),
    )?;
    rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![own])?]);
    SeccompFilter::new(
        rules,
        SeccompAction::Errno(libc::EPERM.unsigned_abs()),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into()?,
    )?
    .try_into()
}

/// Memory, the three open streams, locks and clocks, the end of a thread. No opening, no sockets, no processes, no limits.
const ALLOWED: &[libc::c_long] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_lseek,
    libc::SYS_mmap,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_rseq,
    libc::SYS_set_robust_list,
    libc::SYS_membarrier,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];
