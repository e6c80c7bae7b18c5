import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { graphql, readFragment } from "./gql";
import { session } from "./session";

const Signed = graphql(`
  fragment Signed on AuthPayload {
    userErrors {
      message
      field
    }
    accessToken
    accessTokenExpiresAt
    refreshToken
    viewer {
      id
      user {
        id
        name
      }
    }
  }
`);

const SignUp = graphql(`
  mutation SignUp($input: SignUpInput!) {
    signUp(input: $input) {
      ...Signed
    }
  }
`);

const LogIn = graphql(`
  mutation LogIn($input: LogInInput!) {
    logIn(input: $input) {
      ...Signed
    }
  }
`);

/** Sign up or log in; whoever comments needs it. */
export function Account() {
  const [isNew, setNew] = useState(true);
  const [{ data: signedUp, error: signUpError, fetching: signingUp }, signUp] = useMutation(SignUp);
  const [{ data: loggedIn, error: logInError, fetching: loggingIn }, logIn] = useMutation(LogIn);
  const answer = readFragment(Signed, isNew ? signedUp?.signUp : loggedIn?.logIn);
  const error = isNew ? signUpError : logInError;

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const value = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    const payload = isNew
      ? (
          await signUp({
            input: { name: value.name!, username: value.username!, email: value.email!, password: value.password! },
          })
        ).data?.signUp
      : (await logIn({ input: { login: value.login!, password: value.password! } })).data?.logIn;
    const tokens = readFragment(Signed, payload);
    if (tokens?.accessToken) session.begin(tokens);
  }

  // An error names the argument that it is about: ["input", "username"].
  const complaints = answer?.userErrors ?? [];
  const about = (name: string) => complaints.find(({ field }) => field?.at(-1) === name)?.message;
  const others = complaints.filter(({ field }) => !field);

  return (
    <form onSubmit={submit} aria-labelledby="account">
      <h3 id="account">{isNew ? "Sign up to comment" : "Log in to comment"}</h3>
      {isNew ? (
        <>
          <Field label="Name" name="name" autoComplete="name" complaint={about("name")} />
          <Field label="Username" name="username" autoComplete="username" complaint={about("username")} />
          <Field label="E-mail" name="email" type="email" autoComplete="email" complaint={about("email")} />
          <Field
            label="Password, 12 characters or more"
            name="password"
            type="password"
            autoComplete="new-password"
            complaint={about("password")}
          />
        </>
      ) : (
        <>
          <Field label="Username or e-mail" name="login" autoComplete="username" complaint={about("login")} />
          <Field
            label="Password"
            name="password"
            type="password"
            autoComplete="current-password"
            complaint={about("password")}
          />
        </>
      )}
      {error && <p role="alert">{error.message}</p>}
      {others.map(({ message }) => (
        <p key={message} role="alert">
          {message}
        </p>
      ))}
      <p className="buttons">
        <button disabled={signingUp || loggingIn}>{isNew ? "Sign up" : "Log in"}</button>
        <button type="button" className="plain" onClick={() => setNew(!isNew)}>
          {isNew ? "I have an account" : "I have no account yet"}
        </button>
      </p>
    </form>
  );
}

type FieldProps = { label: string; name: string; type?: string; autoComplete: string; complaint: string | undefined };

function Field({ label, name, type = "text", autoComplete, complaint }: FieldProps) {
  return (
    <p className="field">
      <label htmlFor={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={type}
        required
        autoComplete={autoComplete}
        aria-invalid={complaint !== undefined}
        aria-describedby={`${name}-complaint`}
      />
      <span id={`${name}-complaint`} role="alert">
        {complaint}
      </span>
    </p>
  );
}
