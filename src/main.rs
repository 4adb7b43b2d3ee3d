//! The browser application: Yew panels, canvas, DOM and the JavaScript API over the library's core.

#[cfg(target_arch = "wasm32")]
mod app;

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    println!("This is the page's program; it runs in a browser. Build and serve it with: cargo xtask serve");
}

#[cfg(target_arch = "wasm32")]
fn main() {
    app::trouble::watch();
    let place = web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id("app"));
    // Embedded as a module, the program may have no place to show itself in.
    if let Some(place) = place {
        place.set_inner_html("");
        yew::Renderer::<app::page::Page>::with_root(place).render();
    }
}
