//! Times, spans and speeds as the page prints them; whole numbers throughout.

use super::Lang;

fn pad(text: &mut String, value: i64, width: usize) {
    let digits = value.to_string();
    for _ in digits.len()..width {
        text.push('0');
    }
    text.push_str(&digits);
}

/// A time since the start, in microseconds, as the clock shows it: `0:04.209`, `1:02:03.004`.
pub fn clock(us: i64) -> String {
    let ms = us.max(0) / 1_000;
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    let mut text = String::new();
    if hours > 0 {
        text.push_str(&hours.to_string());
        text.push(':');
        pad(&mut text, minutes, 2);
    } else {
        text.push_str(&minutes.to_string());
    }
    text.push(':');
    pad(&mut text, seconds, 2);
    text.push('.');
    pad(&mut text, ms % 1_000, 3);
    text
}

/// The same without idle decimals, for the ruler: `0:03.3`, `0:06`.
pub fn clock_short(us: i64) -> String {
    let mut text = clock(us);
    let whole = text.len() - 4;
    let kept = text.get(whole..).map_or(0, |decimals| decimals.trim_end_matches('0').trim_end_matches('.').len());
    text.truncate(whole + kept);
    text
}

/// A span in microseconds: `250 µs`, `11 ms`, `8.9 s`, `3 min`.
pub fn span(us: i64) -> String {
    let us = us.max(0);
    if us < 1_000 {
        us.to_string() + " µs"
    } else if us < 1_000_000 {
        (us / 1_000).to_string() + " ms"
    } else if us < 120_000_000 {
        tenths(us / 100_000) + " s"
    } else {
        (us / 60_000_000).to_string() + " min"
    }
}

fn tenths(tenths: i64) -> String {
    let mut text = (tenths / 10).to_string();
    if tenths % 10 != 0 {
        text.push('.');
        text.push_str(&(tenths % 10).to_string());
    }
    text
}

/// A speed in millionths of real time: `1/240×`, `1×`, `100×`.
pub fn speed(ppm: i64, lang: Lang) -> String {
    if ppm <= 0 {
        lang.pick("paused", "멈춤").to_owned()
    } else if ppm < 950_000 {
        "1/".to_owned() + &((1_000_000 + ppm / 2) / ppm).to_string() + "×"
    } else if ppm < 9_950_000 {
        tenths((ppm + 50_000) / 100_000) + "×"
    } else {
        ((ppm + 500_000) / 1_000_000).to_string() + "×"
    }
}
