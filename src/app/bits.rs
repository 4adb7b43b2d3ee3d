//! Small pieces every panel is made of: icons, sentences, buttons, fields.

use super::act::Act;
use kafka_playground::text::{Kind, Lang, Rich, Word};
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// HTML's namespace: what stands in a `foreignObject` must name it, since Yew lets children inherit SVG's.
pub(crate) const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// An icon of the sprite in `index.html`.
pub(crate) fn icon(name: &'static str) -> Html {
    let href = String::from("#i-") + name;
    html! { <svg class="ic" aria-hidden="true"><use href={href} /></svg> }
}

/// The same, smaller.
pub(crate) fn small_icon(name: &'static str) -> Html {
    let href = String::from("#i-") + name;
    html! { <svg class="ic s" aria-hidden="true"><use href={href} /></svg> }
}

/// A sentence with its names and code.
pub(crate) fn rich(sentence: &Rich) -> Html {
    sentence
        .0
        .iter()
        .map(|piece| {
            let text = piece.text.clone();
            let set = match piece.kind {
                Kind::Plain => html! { {text} },
                Kind::Name => html! { <b>{text}</b> },
                Kind::Code => html! { <code>{text}</code> },
            };
            match piece.kind {
                Kind::Plain if piece.tail.is_empty() => set,
                Kind::Code if piece.tail.is_empty() => set,
                _ => html! { <span class="nb">{set}{piece.tail.clone()}</span> },
            }
        })
        .collect()
}

/// A callback for a click that sends one act.
pub(crate) fn click(on: &Callback<Act>, act: Act) -> Callback<MouseEvent> {
    let on = on.clone();
    Callback::from(move |_| on.emit(act.clone()))
}

/// A square button with an icon.
pub(crate) fn icon_button(on: &Callback<Act>, name: &'static str, label: &'static str, act: Act) -> Html {
    html! { <button type="button" class="icb" aria-label={label} title={label} onclick={click(on, act)}>{icon(name)}</button> }
}

/// A panel's heading: its kind, its name, and a way to close it.
pub(crate) fn heading(on: &Callback<Act>, lang: Lang, kick: &'static str, name: &str, is_mono: bool) -> Html {
    let name = name.to_owned();
    html! {
        <header>
            <h2><span class="kick">{kick}</span><span class={is_mono.then_some("mono")}>{name}</span></h2>
            {icon_button(on, "x", Word::Close.of(lang), Act::Select(None))}
        </header>
    }
}

/// A label over a value.
pub(crate) fn fact_pair(label: &'static str, value: Html) -> Html {
    html! { <div><dt>{label}</dt><dd>{value}</dd></div> }
}

/// A row of a fault or an action: what it is, what it does, the line that does it, its key.
pub(crate) fn action(on: &Callback<Act>, name: &'static str, why: &'static str, line: String, key: &'static str, act: Act) -> Html {
    html! {
        <li><button type="button" class="act" onclick={click(on, act)}>
            <b>{name}</b>
            if !key.is_empty() { <kbd>{key}</kbd> }
            <span class="dim">{why}</span><code>{line}</code>
        </button></li>
    }
}

/// A form that sends what its fields make; nothing is sent when they make nothing.
pub(crate) fn submit(on: &Callback<Act>, make: impl Fn(&Fields) -> Option<Act> + 'static) -> Callback<SubmitEvent> {
    let on = on.clone();
    Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else { return };
        let Ok(data) = FormData::new_with_form(&form) else { return };
        if let Some(act) = make(&Fields(data)) {
            on.emit(act);
        }
    })
}

/// What stands in a form's fields.
pub(crate) struct Fields(FormData);

impl Fields {
    /// A field's text without blanks around it.
    pub(crate) fn text(&self, name: &str) -> String {
        self.0.get(name).as_string().unwrap_or_default().trim().to_owned()
    }

    /// The same, none when empty.
    pub(crate) fn given(&self, name: &str) -> Option<std::rc::Rc<str>> {
        let text = self.text(name);
        if text.is_empty() { None } else { Some(text.into()) }
    }

    /// A field's number.
    pub(crate) fn number(&self, name: &str) -> Option<i32> {
        self.text(name).parse().ok()
    }
}

/// A labelled text field.
pub(crate) fn text_field(name: &'static str, label: &'static str, value: impl Into<AttrValue>, is_required: bool) -> Html {
    let value: AttrValue = value.into();
    html! {
        <label class="fld"><span>{label}</span>
            <input {name} {value} required={is_required} autocomplete="off" autocapitalize="off" spellcheck="false" class="mono" />
        </label>
    }
}

/// A labelled number field.
pub(crate) fn number_field(name: &'static str, label: &'static str, value: i32, min: i32, max: i32) -> Html {
    html! {
        <label class="fld"><span>{label}</span>
            <input {name} type="number" inputmode="numeric" value={value.to_string()} min={min.to_string()} max={max.to_string()} required=true class="num" />
        </label>
    }
}

/// A labelled choice: values with their words; the first is chosen.
pub(crate) fn choice_field(name: &'static str, label: &'static str, options: impl Iterator<Item = (AttrValue, AttrValue)>) -> Html {
    html! {
        <label class="fld"><span>{label}</span>
            <select {name}>{for options.enumerate().map(|(at, (value, word))| html! { <option {value} selected={at == 0}>{word}</option> })}</select>
        </label>
    }
}

/// What a select that changed now says.
pub(crate) fn chosen(event: &Event) -> Option<String> {
    event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok()).map(|select| select.value())
}

/// What an input that changed now says, as a switch.
pub(crate) fn checked(event: &Event) -> Option<bool> {
    event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()).map(|input| input.checked())
}
