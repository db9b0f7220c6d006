//! What the program is built anew for, and how it is linked.

fn main() {
    // The chapters and the library for Rust cells travel inside the program.
    println!("cargo::rerun-if-changed=build.rs");
    for inside in ["notebooks", "crates/cell", "crates/lab", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={inside}");
    }
    // At a fixed address nothing of it has to be relocated when it starts:
    // rust-analyzer's tables alone would cost each process megabytes and
    // milliseconds (docs/decisions/rust-cells.md).
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
