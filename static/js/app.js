// Every page works without this file; it only makes some of them nicer.

// Passwords can be shown while they are typed.
document.querySelectorAll("input[type=password]").forEach((input) => {
  const group = document.createElement("div");
  const button = document.createElement("button");
  group.className = "input-group";
  button.className = "btn btn-outline-secondary";
  button.type = "button";
  const label = () => {
    const hidden = input.type === "password";
    button.textContent = hidden ? "Afficher" : "Masquer";
    button.setAttribute("aria-label", hidden ? "Afficher le mot de passe" : "Masquer le mot de passe");
  };
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => {
    input.type = input.type === "password" ? "text" : "password";
    label();
  });
  // Sent as a password whatever is shown, so that browsers neither store nor suggest it as plain text.
  input.form?.addEventListener("submit", () => { input.type = "password"; });
  input.replaceWith(group);
  group.append(input, button);
  label();
});
