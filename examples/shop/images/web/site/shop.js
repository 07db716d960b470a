const at = id => document.getElementById(id);
const money = cents => (cents / 100).toFixed(2);

async function ask(path, options) {
  const answer = await fetch(path, options);
  if (!answer.ok) {
    const body = await answer.json().catch(() => ({}));
    throw new Error(body.detail ?? `${path}: HTTP ${answer.status}`);
  }
  return answer.json();
}

function element(name, text, children = []) {
  const made = document.createElement(name);
  if (text !== null) made.textContent = text;
  made.append(...children);
  return made;
}

function card(product) {
  const button = element("button", "Order one");
  button.setAttribute("aria-label", `Order one: ${product.title}`);
  button.addEventListener("click", () => guarded(() => order(product.name)));
  return element("li", null, [element("strong", product.title), element("span", money(product.price_cents)), button]);
}

function row(order) {
  const when = new Date(order.created_at).toLocaleTimeString();
  return element("tr", null, [order.id, order.product, order.quantity, money(order.total_cents), when].map(cell => element("td", cell)));
}

async function showOrders() {
  const { orders, hits, servedBy } = await ask("/api/orders");
  at("orders").replaceChildren(...orders.map(row));
  at("served").textContent = `Served by ${servedBy}. ${hits === null ? "The counter is away." : `Visit number ${hits}.`}`;
}

async function order(product) {
  await ask("/api/orders", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ product, quantity: 1 }),
  });
  await showOrders();
}

async function guarded(work) {
  at("message").textContent = "";
  try {
    await work();
  } catch (error) {
    at("message").textContent = error.message;
  }
}

async function start() {
  const settings = await ask("/settings.json");
  document.title = at("title").textContent = settings.title;
  at("place").textContent = `${settings.instance} in ${settings.environment}`;
  document.documentElement.style.setProperty("--colour", settings.colour);
  const { products } = await ask("/api/products");
  at("products").replaceChildren(...products.map(card));
  await showOrders();
}

guarded(start);
