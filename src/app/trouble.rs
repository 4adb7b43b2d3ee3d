//! When a rule of the program's own breaks: a plain page with what happened and the scenario that replays it.

use std::cell::RefCell;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

thread_local! {
    /// The scenario up to the last act; kept apart, since the session may be in use when a rule breaks.
    static SCENARIO: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps the scenario that replays the run so far.
pub(crate) fn remember(scenario: String) {
    SCENARIO.with(|kept| {
        if let Ok(mut kept) = kept.try_borrow_mut() {
            *kept = scenario;
        }
    });
}

/// From now on a panic shows the page for it.
pub(crate) fn catch() {
    std::panic::set_hook(Box::new(|info| {
        let scenario = SCENARIO.with(|kept| kept.try_borrow().map(|s| s.clone()).unwrap_or_default());
        show(&(info.to_string() + "\n\n" + &scenario));
    }));
}

fn show(text: &str) {
    let Some(document) = web_sys::window().and_then(|w| w.document()) else { return };
    if let Some(app) = document.get_element_by_id("app") {
        let _ = app.set_attribute("hidden", "");
    }
    let Some(place) = document.get_element_by_id("trouble").and_then(|p| p.dyn_into::<HtmlElement>().ok()) else { return };
    let _ = place.remove_attribute("hidden");
    if let Ok(Some(words)) = place.query_selector("pre") {
        words.set_text_content(Some(text));
    }
}
