//! Packs a program for its way to a visitor: its code in streams, each of one kind of numbers, which compress better than code; `www/unpack.js` undoes it.

use std::collections::BTreeMap;

const CODE: u8 = 10;
/// The streams: the operations; the locals of functions; what follows each operation, first and second; constants, by the operation behind them.
const OPERATIONS: usize = 0;
const LOCALS: usize = 1;
const FIRST: usize = 2;
const SECOND: usize = 258;
const CONSTANT: usize = 514;
/// Operations that the form of the streams knows.
const BLOCK: u8 = 2;
const IF: u8 = 4;
const END: u8 = 11;
const BR_TABLE: u8 = 14;
const CALL_INDIRECT: u8 = 17;
const SELECT_OF: u8 = 28;
const I32_CONST: u8 = 65;
const F32_CONST: u8 = 67;
const F64_CONST: u8 = 68;
const MORE: u8 = 252;

/// How many numbers follow an operation.
fn numbers(op: u8) -> Result<usize, String> {
    match op {
        0 | 1 | 5 | 11 | 15 | 26 | 27 | 69..=196 => Ok(0),
        2..=4 | 12 | 13 | 16 | 32..=38 | 63..=66 | 208 | 210 => Ok(1),
        17 | 40..=62 => Ok(2),
        _ => Err(format!("the program has an operation {op} that no stream is made for")),
    }
}

/// Reads a program from place to place.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let taken = self.bytes.get(self.at..self.at + count).ok_or("a program that ends too early")?;
        self.at += count;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    /// A number as it is written.
    fn leb(&mut self) -> Result<&'a [u8], String> {
        let from = self.at;
        while self.byte()? > 127 {}
        Ok(&self.bytes[from..self.at])
    }

    fn number(&mut self) -> Result<usize, String> {
        Ok(value(self.leb()?) as usize)
    }
}

fn value(leb: &[u8]) -> u64 {
    leb.iter().rev().fold(0, |n, byte| n << 7 | u64::from(byte & 127))
}

fn signed(leb: &[u8]) -> i64 {
    let unused = 64 - 7 * leb.len() as u32;
    (value(leb) << unused) as i64 >> unused
}

fn write(mut n: usize, out: &mut Vec<u8>) {
    while n > 127 {
        out.push(n as u8 | 128);
        n >>= 7;
    }
    out.push(n as u8);
}

#[derive(Default)]
struct Streams {
    streams: BTreeMap<usize, Vec<u8>>,
    /// The place in the table that was called last.
    place: i64,
}

impl Streams {
    fn put(&mut self, stream: usize, bytes: &[u8]) {
        self.streams.entry(stream).or_default().extend(bytes);
    }

    /// A number, and what it is.
    fn count(&mut self, stream: usize, code: &mut Reader) -> Result<usize, String> {
        let leb = code.leb()?;
        self.put(stream, leb);
        Ok(value(leb) as usize)
    }

    fn function(&mut self, code: &mut Reader) -> Result<(), String> {
        for _ in 0..self.count(LOCALS, code)? {
            self.put(LOCALS, code.leb()?);
            self.put(LOCALS, code.take(1)?);
        }
        let mut depth = 1;
        while depth > 0 {
            let op = code.byte()?;
            self.put(OPERATIONS, &[op]);
            let first = FIRST + usize::from(op);
            match op {
                I32_CONST => {
                    let constant = code.leb()?;
                    let follows = *code.bytes.get(code.at).ok_or("a program that ends with a constant")?;
                    let stream = CONSTANT + usize::from(follows);
                    if follows == CALL_INDIRECT {
                        // Places in the table mostly follow each other: what is written is how far one is from there.
                        let change = signed(constant) - self.place - 1;
                        self.place = signed(constant);
                        let mut bytes = Vec::new();
                        write((change << 1 ^ change >> 63) as usize, &mut bytes);
                        self.put(stream, &bytes);
                    } else {
                        self.put(stream, constant);
                    }
                }
                END => depth -= 1,
                BR_TABLE => {
                    for _ in 0..=self.count(first, code)? {
                        self.put(first, code.leb()?);
                    }
                }
                SELECT_OF => {
                    let types = self.count(first, code)?;
                    self.put(first, code.take(types)?);
                }
                F32_CONST => self.put(first, code.take(4)?),
                F64_CONST => self.put(first, code.take(8)?),
                MORE => {
                    let numbers = match self.count(first, code)? {
                        0..=7 => 0,
                        9 | 11 | 13 | 15..=17 => 1,
                        8 | 10 | 12 | 14 => 2,
                        other => return Err(format!("the program has an operation {MORE} {other} that no stream is made for")),
                    };
                    for _ in 0..numbers {
                        self.put(first, code.leb()?);
                    }
                }
                _ => {
                    depth += u32::from((BLOCK..=IF).contains(&op));
                    for n in 0..numbers(op)? {
                        let stream = if n == 0 { first } else { SECOND + usize::from(op) };
                        self.put(stream, code.leb()?);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Packs a program.
pub fn pack(wasm: &[u8]) -> Result<Vec<u8>, String> {
    let mut program = Reader { bytes: wasm, at: 8 };
    loop {
        let before = program.at;
        let section = program.byte()?;
        let size = program.number()?;
        let content = program.take(size)?;
        if section != CODE {
            continue;
        }
        let mut code = Reader { bytes: content, at: 0 };
        let functions = code.number()?;
        let mut streams = Streams::default();
        for _ in 0..functions {
            code.leb()?;
            streams.function(&mut code)?;
        }
        let mut packed = Vec::new();
        for number in [size, functions, streams.streams.len()] {
            write(number, &mut packed);
        }
        for (stream, bytes) in &streams.streams {
            write(*stream, &mut packed);
            write(bytes.len(), &mut packed);
        }
        streams.streams.values().for_each(|bytes| packed.extend(bytes));
        let mut whole = wasm[..before].to_vec();
        whole.push(CODE);
        write(packed.len(), &mut whole);
        whole.extend(packed);
        whole.extend(&wasm[program.at..]);
        return Ok(whole);
    }
}
