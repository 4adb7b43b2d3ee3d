//! The browser application: Yew panels, canvas, DOM and the JavaScript API over the library's core.

#[cfg(target_arch = "wasm32")]
#[allow(dead_code)]
mod app;

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    println!("This is the page's program; it runs in a browser. Build and serve it with: cargo xtask serve");
}

#[cfg(target_arch = "wasm32")]
fn main() {}
