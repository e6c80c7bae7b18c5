import { Fragment } from "react";
import { Link } from "wouter";
import { type FragmentType, graphql, readFragment } from "./gql";

const BylineOfPost = graphql(`
  fragment Byline on Post {
    publishedAt
    readingTimeMinutes
    author {
      id
      username
      name
    }
    coAuthors {
      id
      username
      name
    }
  }
`);

const TagsOfPost = graphql(`
  fragment Tags on Post {
    tags {
      id
      slug
      name
    }
  }
`);

export function Byline({ post }: { post: FragmentType<typeof BylineOfPost> }) {
  const { author, coAuthors, publishedAt, readingTimeMinutes } = readFragment(BylineOfPost, post);
  return (
    <p className="quiet">
      {[author, ...coAuthors].map(({ id, username, name }, place) => (
        <Fragment key={id}>
          {place > 0 && (place === coAuthors.length ? " and " : ", ")}
          <Link href={`/authors/${username}`}>{name}</Link>
        </Fragment>
      ))}
      {publishedAt && (
        <>
          {" "}
          · <Moment at={publishedAt} />
        </>
      )}{" "}
      · {readingTimeMinutes} min read
    </p>
  );
}

export function Tags({ post }: { post: FragmentType<typeof TagsOfPost> }) {
  const { tags } = readFragment(TagsOfPost, post);
  return (
    <ul className="tags" aria-label="Tags">
      {tags.map(({ id, slug, name }) => (
        <li key={id}>
          <Link href={`/tags/${slug}`}>{name}</Link>
        </li>
      ))}
    </ul>
  );
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });

export const Moment = ({ at }: { at: string }) => <time dateTime={at}>{day.format(new Date(at))}</time>;
