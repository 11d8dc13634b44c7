//! The page is part of the program: without it there is nothing to embed.

fn main() {
    let page = std::path::Path::new("../../web/dist/index.html");
    println!("cargo::rerun-if-changed=../../web/dist");
    if !page.exists() {
        println!(
            "cargo::error=the page is not built: run `make web` first (it builds web/dist, which is embedded in the program)"
        );
    }
}
