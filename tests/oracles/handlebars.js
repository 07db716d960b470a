// The real Handlebars under Node: one JSON request a line on stdin, one JSON answer a line on stdout.
// Request: {"templates": {"name": "text", ...}, "render": "name", "context": {...}, "options": {...}}: the other templates are partials.
'use strict';
const Handlebars = require(process.argv[2]);
console.log = console.warn = console.error = console.info = () => {};

function answer(request) {
  const instance = Handlebars.create();
  const options = Object.assign({noEscape: true}, request.options);
  for (const [name, text] of Object.entries(request.templates)) {
    if (name !== request.render) instance.registerPartial(name, instance.compile(text, options));
  }
  return {text: instance.compile(request.templates[request.render], options)(request.context)};
}

require('readline').createInterface({input: process.stdin}).on('line', (line) => {
  let reply;
  try {
    reply = answer(JSON.parse(line));
  } catch (error) {
    reply = {error: String(error && error.message)};
  }
  process.stdout.write(JSON.stringify(reply) + '\n');
});
