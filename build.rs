//! The chapters travel inside the program: it is built anew when one is added.

fn main() {
    println!("cargo::rerun-if-changed=notebooks");
}
