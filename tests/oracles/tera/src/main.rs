//! Renders templates with the real Tera: one JSON request a line on stdin, one JSON answer a line on stdout.
//! Request: {"templates": {"name": "text", ...}, "render": "name", "context": {...}}. Answer: {"text": "..."} or {"error": "..."}.

use std::io::{self, BufRead, Write};

use serde_json::{json, Map, Value};
use tera::{Context, Tera};

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(" | ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

fn answer(request: &Value) -> Result<String, String> {
    let mut tera = Tera::default();
    tera.autoescape_on(vec![]);
    let empty = Map::new();
    let templates: Vec<(String, String)> = request["templates"]
        .as_object()
        .unwrap_or(&empty)
        .iter()
        .map(|(name, text)| (name.clone(), text.as_str().unwrap_or("").to_string()))
        .collect();
    tera.add_raw_templates(templates).map_err(|error| chain(&error))?;
    let context = Context::from_value(request["context"].clone()).map_err(|error| chain(&error))?;
    tera.render(request["render"].as_str().unwrap_or(""), &context).map_err(|error| chain(&error))
}

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let stdout = io::stdout();
    for line in io::stdin().lock().lines() {
        let line = line.expect("a line of UTF-8");
        let reply = match serde_json::from_str::<Value>(&line) {
            Err(error) => json!({"error": format!("request: {error}")}),
            Ok(request) => match std::panic::catch_unwind(|| answer(&request)) {
                Ok(Ok(text)) => json!({"text": text}),
                Ok(Err(error)) => json!({"error": error}),
                Err(_) => json!({"error": "panic"}),
            },
        };
        let mut out = stdout.lock();
        writeln!(out, "{reply}").expect("stdout");
        out.flush().expect("stdout");
    }
}
