/** A new account, made over the wire: a reader, who may comment. */
export async function signUp(url: string): Promise<string> {
  const name = `reader${Math.random().toString(36).slice(2, 12)}`;
  const query = `mutation SignUp($input: SignUpInput!) {
    signUp(input: $input) { accessToken userErrors { message } }
  }`;
  const input = { email: `${name}@example.org`, username: name, name, password: "correct horse battery" };
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { data, errors } = (await answer.json()) as {
    data?: { signUp: { accessToken: string | null } };
    errors?: unknown;
  };
  if (!data?.signUp.accessToken) throw new Error(`signUp: ${JSON.stringify(data ?? errors)}`);
  return data.signUp.accessToken;
}
