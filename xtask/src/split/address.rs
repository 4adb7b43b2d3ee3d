//! What the linker knows of the program's statics: which numbers of the code are addresses, and of what.

use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{KnownCustom, Linking, Operator, Parser, Payload, RelocationType, SymbolInfo};

/// The statics of a linked program, and which of them each number of its code names.
#[derive(Default)]
pub struct Addresses {
    /// Where the statics begin, and whether they never change.
    pub statics: BTreeMap<u32, bool>,
    /// Where those begin that a number names.
    pub named: BTreeMap<u32, BTreeSet<u32>>,
}

/// Reads what a program says that was linked with `--emit-relocs`.
pub fn addresses(linked: &[u8]) -> Result<Addresses, String> {
    let broken = |e: wasmparser::BinaryReaderError| format!("the linked program: {e}");
    let (mut segments, mut is_constant, mut symbols, mut code) = (Vec::new(), Vec::new(), Vec::new(), None);
    let (mut section, mut found) = (0, Addresses::default());
    for payload in Parser::new(0).parse_all(linked) {
        let payload = payload.map_err(broken)?;
        match &payload {
            Payload::CodeSectionStart { range, .. } => code = Some((section, range.start)),
            Payload::DataSection(data) => {
                for segment in data.clone() {
                    let wasmparser::DataKind::Active { offset_expr, .. } = segment.map_err(broken)?.kind else { continue };
                    match offset_expr.get_operators_reader().read().map_err(broken)? {
                        Operator::I32Const { value } => segments.push(value as u32),
                        other => return Err(format!("the linked program: found a static at {other:?}, expected a number")),
                    }
                }
            }
            Payload::CustomSection(custom) => match custom.as_known() {
                KnownCustom::Linking(linking) => {
                    for part in linking {
                        match part.map_err(broken)? {
                            Linking::SegmentInfo(segments) => {
                                for segment in segments {
                                    is_constant.push(segment.map_err(broken)?.name.starts_with(".rodata"));
                                }
                            }
                            Linking::SymbolTable(table) => {
                                for symbol in table {
                                    symbols.push(symbol.map_err(broken)?);
                                }
                            }
                            _ => {}
                        }
                    }
                }
                KnownCustom::Reloc(relocations) if Some(relocations.section_index()) == code.map(|(section, _)| section) => {
                    for relocation in relocations.entries() {
                        let relocation = relocation.map_err(broken)?;
                        if !matches!(relocation.ty, RelocationType::MemoryAddrLeb | RelocationType::MemoryAddrSleb) {
                            continue;
                        }
                        let at = code.map_or(0, |(_, start)| start) + relocation.offset as usize;
                        let number = linked.get(at..).map_or(0, number);
                        let Some(SymbolInfo::Data { symbol: Some(symbol), .. }) = symbols.get(relocation.index as usize) else { continue };
                        // What begins as zeros is nowhere in the file.
                        let Some(start) = segments.get(symbol.index as usize) else { continue };
                        if i64::from(number) != i64::from(start + symbol.offset) + relocation.addend {
                            return Err(format!("the linked program: found {number} for an address in the static at {start}"));
                        }
                        found.named.entry(number).or_default().insert(*start);
                    }
                }
                _ => {}
            },
            _ => {}
        }
        // The sections are counted, of which some are told of by more than one payload.
        section += u32::from(payload.as_section().is_some());
    }
    if found.named.is_empty() || is_constant.len() != segments.len() {
        return Err("the linked program does not tell its addresses".into());
    }
    found.statics = segments.into_iter().zip(is_constant).collect();
    Ok(found)
}

/// The number that begins here, as the linker writes it: five bytes.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(5).rev().fold(0_u64, |n, byte| n << 7 | u64::from(byte & 127)) as u32
}
