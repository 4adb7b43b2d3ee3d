//! The rail: reading aid or selection above, facts, console; a drawer on tablets, a sheet with tabs on telephones.

use crate::app::act::{Act, Sheet, Tab};
use crate::app::bits::click;
use kafka_playground::text::{Lang, Word};
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// The rail's parts.
pub(crate) struct Rail {
    /// The language.
    pub(crate) lang: Lang,
    /// The sheet's tab.
    pub(crate) tab: Tab,
    /// How far it is open, where it is a drawer or a sheet.
    pub(crate) sheet: Sheet,
    /// The upper part.
    pub(crate) upper: Html,
    /// The log of facts.
    pub(crate) facts: Html,
    /// The form that sends, of the sheet alone.
    pub(crate) send: Html,
    /// The console.
    pub(crate) console: Html,
}

/// Puts the rail together.
pub(crate) fn rail(parts: Rail, on: &Callback<Act>) -> Html {
    let Rail { lang, tab, sheet, upper, facts, send, console } = parts;
    let one = |which: Tab, word: Word| {
        html! {
            <button type="button" role="tab" aria-selected={if tab == which { "true" } else { "false" }} onclick={click(on, Act::Tab(which))}>{word.of(lang)}</button>
        }
    };
    let tab_class = match tab {
        Tab::Facts => "t-facts",
        Tab::Selected => "t-selected",
        Tab::Send => "t-send",
        Tab::Console => "t-console",
    };
    let extent = match sheet {
        Sheet::Peek => "shut",
        Sheet::Half => "drawer half",
        Sheet::Full => "drawer full",
    };
    // A click goes one size on; a swipe, up or down. Nothing needs to be dragged.
    let drag = on.clone();
    let onpointerup = Callback::from(move |event: PointerEvent| {
        let bounds = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()).map(|e| e.get_bounding_client_rect());
        let moved = bounds.map_or(0.0, |b| f64::from(event.client_y()) - (b.top() + b.bottom()) / 2.0);
        if moved.abs() > 36.0 {
            drag.emit(Act::Sheet(match (sheet, moved < 0.0) {
                (Sheet::Full, true) => Sheet::Full,
                (Sheet::Peek, false) => Sheet::Peek,
                (sheet, up) => sheet.next(up),
            }));
        }
    });
    let onpointerdown = Callback::from(|event: PointerEvent| {
        if let Some(handle) = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) {
            let _ = handle.set_pointer_capture(event.pointer_id());
        }
    });
    let label = if sheet == Sheet::Full { Word::SheetSmaller } else { Word::SheetLarger };
    html! {
        <aside class={classes!("rail", tab_class, extent)} aria-label={Word::Details.of(lang)}>
            <button type="button" class="grab" aria-label={label.of(lang)} aria-expanded={if sheet == Sheet::Peek { "false" } else { "true" }}
                onclick={click(on, Act::Sheet(sheet.next(true)))} {onpointerdown} {onpointerup}></button>
            <div class="tabs" role="tablist" aria-label={Word::Details.of(lang)}>
                {one(Tab::Facts, Word::Facts)}{one(Tab::Selected, Word::Selected)}{one(Tab::Send, Word::Send)}{one(Tab::Console, Word::Console)}
            </div>
            <div class="railin">
                <div class="upper">{upper}</div>
                {facts}
                <div class="sendtab panel">{send}</div>
            </div>
            {console}
        </aside>
    }
}
