# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JavaScript that runs around handlebars.js: helpers, bounds, and failures as plain data.

It defines one global function `roro(request)`. Everything that could reach out of the interpreter is taken away before the first
template is read; what is left can only compute.

request.do:
    "compile"  text, options, marked -> {code, partials}; partials: the names that stand in the template
    "context"  json, limits -> {}; for the renders that follow. Numbers beyond 2^53 come as marked texts
    "add"      key, code -> {}; a compiled template under a key
    "render"   key, code, partials ({name: key}), options -> {text} or {need: the name of a partial that is not known yet}
Each may give {error: {kind, message, line, column, key, name, names}} instead.
"""

from __future__ import annotations

RUNTIME = r"""
(function (global) {
  'use strict';
  var Handlebars = global.Handlebars, callPython = global.call_python;
  var outward = ['process', 'require', 'console', 'call_python', 'dukpy', '_dukpy_cjs_source_compiles', '_dukpy_eval_cjs_source'];

  function lock() {
    outward.forEach(function (name) { delete global[name]; });
  }

  var evaluate = global.eval, templates = {}, context = {}, limits = null, used = null, running = [];
  var missing = {}, partialKeys = {}, strict = true;

  function fail(kind, message, more) {
    var error = new Error(message);
    error.roro = Object.assign({kind: kind, message: message}, more || {});
    return error;
  }

  // bounds

  function step(count) {
    used.steps += count;
    if (used.steps > limits.steps) throw fail('limit', 'more than ' + limits.steps.toLocaleString() + ' blocks, helpers and partials');
    if (used.steps >= used.look) {
      used.look = used.steps + 64;
      var now = python('clock');
      if (!used.deadline) used.deadline = now + limits.seconds;  // most templates end before that, and asking costs
      if (now > used.deadline) throw fail('limit', 'rendering took more than ' + limits.seconds + ' s of processor time');
    }
  }

  function made(text) {
    var size = String(text).length;
    if (size > limits.output) throw fail('limit', 'a text of more than ' + limits.output.toLocaleString() + ' characters');
    used.produced += size;
    if (used.produced > limits.produced) throw fail('limit', 'more than ' + limits.produced.toLocaleString() + ' characters in all');
    return text;
  }

  function bounded(original) {
    return function () {
      step(1);
      return made(original.apply(this, arguments));
    };
  }

  // values

  function empty(value) {
    return !value || Handlebars.Utils.isEmpty(value);
  }

  function defined(options, values) {
    step(1);
    for (var i = 0; i < values.length; i++) {
      if (strict && values[i] === undefined) {
        throw fail('argument', 'an argument of ' + options.name + ' is not defined', place(options.loc));
      }
    }
  }

  function place(loc) {
    return loc ? {line: loc.start.line, column: loc.start.column + 1, endLine: loc.end.line, endColumn: loc.end.column + 1} : {};
  }

  function choose(self, options, truth) {
    return options.fn ? (truth ? options.fn(self) : options.inverse(self)) : truth;
  }

  function json(value, indent) {
    var text = JSON.stringify(value, function (key, item) {
      return typeof item === 'bigint' ? '\ue000' + item + '\ue001' : item;
    }, indent);
    return text === undefined ? 'null' : text.replace(/"\ue000(-?\d+)\ue001"/g, '$1');
  }

  function python(name) {
    return callPython.apply(null, arguments);
  }

  function indented(text, width) {
    if (!(width >= 0 && width <= limits.width)) throw fail('other', 'the width of indent must be between 0 and ' + limits.width);
    var space = ' '.repeat(width);
    text = String(text);
    made({length: text.length + text.split('\n').length * width, toString: function () { return ''; }});
    return text.split('\n').map(function (line) { return line ? space + line : line; }).join('\n');
  }

  // helpers: the last argument of each is Handlebars's options

  function helper(name, least, action) {
    Handlebars.registerHelper(name, function () {
      var options = arguments[arguments.length - 1], values = Array.prototype.slice.call(arguments, 0, -1);
      if (values.length < least) {
        throw fail('other', 'helper ' + name + ' needs ' + least + ' argument' + (least > 1 ? 's' : ''), place(options.loc));
      }
      return action.call(this, values, options);
    });
  }

  function comparing(name, compare) {
    helper(name, 2, function (values, options) {
      defined(options, values);
      return choose(this, options, compare(values[0], values[1]));
    });
  }

  comparing('eq', function (a, b) { return a === b; });
  comparing('ne', function (a, b) { return a !== b; });
  comparing('lt', function (a, b) { return a < b; });
  comparing('lte', function (a, b) { return a <= b; });
  comparing('gt', function (a, b) { return a > b; });
  comparing('gte', function (a, b) { return a >= b; });
  helper('and', 1, function (values, options) {
    step(1);
    var found = values.find(empty), all = !values.some(empty);
    return options.fn ? choose(this, options, all) : all ? values[values.length - 1] : found;
  });
  helper('or', 1, function (values, options) {
    step(1);
    var found = values.find(function (value) { return !empty(value); }), any = !values.every(empty);
    return options.fn ? choose(this, options, any) : any ? found : values[values.length - 1];
  });
  helper('not', 1, function (values, options) {
    step(1);
    return choose(this, options, empty(values[0]));
  });
  helper('default', 2, function (values) {
    step(1);
    var found = values.find(function (value) { return value !== undefined && value !== null && value !== ''; });
    return found === undefined ? values[values.length - 1] : found;
  });
  helper('toJson', 1, function (values, options) {
    defined(options, [values[0]]);
    return new Handlebars.SafeString(made(json(values[0], Math.min(Number(values[1]) || 0, 10))));
  });
  helper('toYaml', 1, function (values, options) {
    defined(options, [values[0]]);
    return new Handlebars.SafeString(made(python('toYaml', json(values[0]))));
  });
  helper('b64enc', 1, function (values, options) {
    defined(options, [values[0]]);
    return made(python('b64enc', String(values[0])));
  });
  helper('indent', 2, function (values, options) {
    defined(options, values);
    return new Handlebars.SafeString(indented(values[0], Number(values[1])));
  });
  helper('nindent', 2, function (values, options) {
    defined(options, values);
    return new Handlebars.SafeString('\n' + indented(values[0], Number(values[1])));
  });

  // `log` writes to the console of a browser; a decorator may change a template's functions: neither is of use in a manifest.
  Handlebars.registerHelper('log', function () {});

  // partials are asked for by name when they are needed

  var resolvePartial = Handlebars.VM.resolvePartial;
  Handlebars.VM.resolvePartial = function (partial, data, options) {
    step(1);
    var found = resolvePartial.apply(this, arguments), name = options.name;
    if (found === undefined && name !== '@partial-block') {
      if (partialKeys[name] !== undefined) return instance(partialKeys[name]);
      if (!missing[name]) throw {need: String(name)};
    }
    return found;
  };

  function instance(key) {
    var spec = templates[key];
    if (typeof spec === 'string') {
      spec = templates[key] = evaluated(spec, key);
    }
    return Handlebars.template(spec);
  }

  function evaluated(code, key) {
    return prepared(evaluate('(' + code + ')'), key);
  }

  function prepared(spec, key) {
    Object.keys(spec).forEach(function (name) {
      if (/^\d+$/.test(name)) spec[name] = bounded(spec[name]);
    });
    var main = bounded(spec.main);
    spec.main = function (container) {
      if (!container.roro) guard(container);
      running.push(key);
      var text = main.apply(this, arguments);
      running.pop();
      return text;
    };
    return spec;
  }

  function guard(container) {
    var lookup = container.lookupProperty;
    container.roro = true;
    container.lookupProperty = function (parent, name) {
      if (parent === undefined || parent === null) throw fail('undefined', '', {name: String(name)});
      return lookup(parent, name);
    };
    container.strict = function (parent, name, loc) {
      var known = parent !== null && typeof parent === 'object';
      if (!known || !(name in parent)) {
        var facts = {name: String(name), names: known ? Object.keys(parent) : null, top: parent === context};
        throw fail('undefined', '', Object.assign(facts, place(loc)));
      }
      return lookup(parent, name);
    };
  }

  // lines: invisible marks before each line of text and each mustache

  function Marker() {}
  Marker.prototype = new Handlebars.Visitor();
  Marker.prototype.Program = function (program) {
    var body = [];
    Handlebars.Visitor.prototype.Program.call(this, program);
    program.body.forEach(function (node) {
      if (node.type === 'ContentStatement') {
        var cut = node.original.indexOf(node.value), line = node.loc.start.line;
        if (cut > 0) line += node.original.slice(0, cut).split('\n').length - 1;
        node.value = node.value.split('\n').map(function (text, index) {
          return text.trim() ? mark(line + index) + text : text;
        }).join('\n');
      } else if (/^(Mustache|Partial)/.test(node.type)) {
        body.push({type: 'ContentStatement', value: mark(node.loc.start.line), original: '', loc: node.loc});
      }
      body.push(node);
    });
    program.body = body;
  };

  var fileNumber = 0;
  function mark(line) {
    function digits(number) {
      return String(number).replace(/\d/g, function (digit) { return String.fromCharCode(0xe010 + Number(digit)); });
    }
    return '\ue000' + digits(fileNumber) + '\ue000' + digits(line) + '\ue001';
  }

  function Names() { this.found = []; }
  Names.prototype = new Handlebars.Visitor();
  ['PartialStatement', 'PartialBlockStatement'].forEach(function (type) {
    Names.prototype[type] = function (node) {
      if (node.name.type === 'PathExpression' || node.name.type === 'StringLiteral' || node.name.type === 'NumberLiteral') {
        this.found.push(String(node.name.original));
      }
      Handlebars.Visitor.prototype[type].call(this, node);
    };
  });

  var actions = {
    compile: function (request) {
      var tree = Handlebars.parse(request.text, request.options), names = new Names();
      if (/\{\{~?\s*#?>/.test(request.text)) names.accept(tree);
      if (request.marked !== undefined) {
        fileNumber = request.marked;
        new Marker().accept(tree);
      }
      return {code: String(Handlebars.precompile(tree, request.options)), partials: names.found};
    },
    context: function (request) {
      limits = request.limits;
      used = {steps: 0, produced: 0, look: 0, deadline: 0};
      context = JSON.parse(request.json, request.big ? function (key, value) {
        return typeof value === 'string' && value[0] === '\ue002' ? BigInt(value.slice(1)) : value;
      } : undefined);
      return {};
    },
    add: function (request) {
      templates[request.key] = request.code;
      return {};
    },
    forget: function (request) {
      templates = {};
      return {};
    },
    render: function (request) {
      partialKeys = Object.assign(Object.create(null), request.partials);
      missing = Object.assign(Object.create(null), request.missing);
      strict = request.strict;
      running = [];
      used.look = used.steps + 64;
      used.deadline = 0;
      return {text: Handlebars.template(evaluated(request.code, request.key))(context)};
    }
  };

  function problem(error) {
    if (error && error.need !== undefined) return {need: error.need};
    var key = running.length ? running[running.length - 1] : null, found;
    if (error && error.roro) {
      found = error.roro;
    } else if (error instanceof RangeError || /stack overflow/.test(String(error && error.message))) {
      found = {kind: 'recursion', message: ''};
    } else {
      found = {kind: 'other', message: String(error && error.message !== undefined ? error.message : error)};
      if (error && error.lineNumber !== undefined && error.column !== undefined) {
        found.line = error.lineNumber;
        found.column = error.column + 1;
      }
    }
    return {error: Object.assign({key: key}, found)};
  }

  global.roro = function (request) {
    lock();
    try {
      return actions[request.do](request);
    } catch (error) {
      return problem(error);
    }
  };
})(globalThis);
"""
