//! A release build carries the files of the console. The compiler knows those that it has seen; that one was added it hears here. A debug
//! build reads them from the disk, and is not built anew for them.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        println!("cargo:rerun-if-changed=../console");
        println!("cargo:rerun-if-changed=../clients/js/colloquy");
    }
}
